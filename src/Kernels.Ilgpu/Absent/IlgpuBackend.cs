namespace Engram.Kernels.Ilgpu;

/// <summary>The ILGPU backend in a build without the package: it says so.</summary>
public static class IlgpuBackend
{
    private const string Reason = "this build has no ILGPU package (build with EngramIlgpu=true where it restores): everything runs on the CPU device";

    /// <summary>Whether this build contains the backend.</summary>
    public static bool IsJoined => false;

    /// <summary>The devices that ILGPU finds here.</summary>
    public static IReadOnlyList<IlgpuFinding> Find() => [new("ilgpu", false, Reason)];

    /// <summary>A device by the name that <see cref="Find"/> gave.</summary>
    /// <param name="name">Which.</param>
    /// <param name="options">What is asked of it.</param>
    /// <exception cref="NotSupportedException">The device is not available; the message says why.</exception>
    public static Device Create(string name, DeviceOptions? options = null) => throw new NotSupportedException($"{name}: {Reason}");

    /// <summary>cuBLAS in the memory and the stream of a CUDA device of this backend.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="NotSupportedException">There is none; the message says why.</exception>
    public static IDeviceBlas Blas(Device device) => throw new NotSupportedException($"cuBLAS ({Reason})");
}
