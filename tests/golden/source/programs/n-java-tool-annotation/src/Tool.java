package com.acme.plugin;

public @interface Tool { String value(); }
