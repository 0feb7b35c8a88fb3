using Engram.Kernels;

namespace Engram.Benchmarking;

/// <summary>The devices that the suite can run on, by the names of <c>engram bench --device</c>. Another device joins here; families know only the contract.</summary>
public static class BenchDevices
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["cpu"];

    /// <summary>Makes the device of that name for a number of threads.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="FormatException">There is no such device.</exception>
    public static Func<int, Device> Find(string name) => name switch
    {
        "cpu" => Device.Cpu,
        _ => throw new FormatException($"--device: there is no '{name}' here; there is: {string.Join(", ", Names)}"),
    };
}
