namespace Engram.Kernels.Simt;

/// <summary>The emulator caught a kernel at something that is undefined on a GPU; the message names kernel, group, thread and place.</summary>
/// <param name="fault">What it was.</param>
/// <param name="message">Where it was.</param>
public sealed class KernelFaultException(KernelFault fault, string message) : Exception(message)
{
    /// <summary>What the kernel did.</summary>
    public KernelFault Fault { get; } = fault;
}
