namespace Engram.Kernels.Simt;

/// <summary>Where the emulator is had.</summary>
public static class Emulator
{
    /// <summary>
    /// A device that runs the GPU kernels on the CPU, thread after thread, and checks what they do. For tests: thousands of times slower than the CPU device.
    /// One thread of the machine at a time may use it.
    /// </summary>
    public static Device Create() => new EmulatorDevice();
}
