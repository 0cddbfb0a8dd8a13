package com.acme.plugin;

public class Hammer {
    @Tool("hammer")
    public void hit() {}
}
