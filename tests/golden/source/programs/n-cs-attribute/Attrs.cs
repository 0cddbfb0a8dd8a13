using System;

namespace Acme;

[AttributeUsage(AttributeTargets.Method)]
public class KernelFunctionAttribute : Attribute { }

public class Math
{
    [KernelFunction]
    public int Add(int a, int b) => a + b;
}
