using Engram.Kernels;

namespace Engram.Benchmarking;

/// <summary>
/// What a script of <c>benchmarks/peers</c> times for us: it reads lines <c>request repeats own</c>, where own is 1 for the thread's processor
/// time, and answers with seconds per call.
/// </summary>
/// <param name="Script">File name: <c>torch_units.py</c>.</param>
/// <param name="Request">The request without its last two numbers: <c>gelu 1 1 1</c>.</param>
/// <param name="Module">Python module that the script needs and that gives the version: <c>torch</c>, <c>sklearn</c>.</param>
/// <param name="Package">Debian's package of that module, named where it is missing.</param>
/// <param name="Name">Name of the peer in tables.</param>
public sealed record PythonRequest(string Script, string Request, string Module = "torch", string Package = "python3-torch", string Name = "PyTorch")
{
    /// <summary>How the module is set where that is not the usual way; stands behind its version.</summary>
    public string Setting { get; init; } = "";

    /// <summary>A script that runs <see cref="Script"/> on another device; none when empty.</summary>
    public string Through { get; init; } = "";

    /// <summary>The requests as they are for a workload on a device: PyTorch's run on the same GPU, in float32 whatever ours do; a simulation has no peers.</summary>
    /// <param name="device">Where the workload runs.</param>
    /// <param name="requests">The workload's own.</param>
    internal static IEnumerable<PythonRequest> For(Device device, IEnumerable<PythonRequest> requests) =>
        device.IsHostMemory ? requests
        : !device.Name.StartsWith("cuda", StringComparison.Ordinal) ? []
        : requests.Where(request => request.Module == "torch").Select(request => request with { Through = "torch_cuda.py", Name = $"{request.Name} CUDA{(device.Precision == ProductPrecision.Fp32 ? "" : " fp32")}" });

    /// <summary>What tells one running script from another.</summary>
    internal string Key => Through.Length == 0 ? Script : $"{Through} {Script}";
}
