using Engram.Kernels;
using Engram.Kernels.Ilgpu;
using Engram.Kernels.Simt;

namespace Engram.Cli;

/// <summary>The devices that <c>--device</c> of <c>engram run</c> and <c>engram bench</c> can name.</summary>
internal static class DeviceNames
{
    /// <summary>The device that is always there.</summary>
    public const string Cpu = "cpu";

    private const string Emulated = "emulator";

    /// <summary>The names for an option's description; looking for devices would take longer than printing it.</summary>
    public const string Described = "cpu; cuda (or cuda:1) and ilgpu-cpu where ILGPU is joined; emulator, GPU kernels checked on the CPU at a crawl ('engram doctor' lists what is here)";

    /// <summary>The description of the option that names a precision.</summary>
    public const string Precisions = "How products and convolutions read their operands: fp32, the default; tf32 or bf16, rounded for the tensor cores of an NVIDIA GPU (--device cuda)";

    /// <summary>Makes the device of that name; a number of threads counts for the CPU alone.</summary>
    /// <param name="name">What the user wrote.</param>
    /// <param name="precision">What the user wrote as precision.</param>
    /// <exception cref="FormatException">There is no such device or precision here, or not together; the message says why, and what there is.</exception>
    public static Func<int, Device> Find(string name, string precision)
    {
        var options = new DeviceOptions { Precision = Parse(precision) };
        if (options.Precision != ProductPrecision.Fp32 && (name is Cpu or Emulated))
            throw new FormatException($"--precision: {name} computes in fp32; {precision} needs the tensor cores of an NVIDIA GPU (--device cuda)");
        if (name == Cpu)
            return Device.Cpu;
        if (name == Emulated)
            return _ => Emulator.Create();
        IReadOnlyList<IlgpuFinding> found = IlgpuBackend.Find();
        if (found.Any(finding => finding.Name == name && finding.Available))
            return _ => Make(name, options);
        string here = string.Join(", ", [Cpu, Emulated, .. found.Where(finding => finding.Available).Select(finding => finding.Name)]);
        string why = string.Join("; ", found.Where(finding => !finding.Available).Select(finding => finding.Note));
        throw new FormatException($"--device: there is no '{name}' here{(why.Length == 0 ? "" : $" ({why})")}; there is: {here}");
    }

    /// <summary>What opens the library of its maker for a device of that name, as a peer; null for devices that have none, simulations among them.</summary>
    public static Func<Device, IDeviceBlas>? Blas(string name) => name.StartsWith("cuda", StringComparison.Ordinal) ? IlgpuBackend.Blas : null;

    /// <summary>Says which kernels the products of a device took, where it was asked for less than float32 precision.</summary>
    public static void Report(Device? device)
    {
        if (device?.ProductCounts is { } counts)
            Console.Error.WriteLine($"precision {device.Precision.Name()}: {counts}");
    }

    private static ProductPrecision Parse(string name)
    {
        try
        {
            return ProductPrecisions.Parse(name);
        }
        catch (FormatException unknown)
        {
            throw new FormatException($"--{unknown.Message}", unknown);
        }
    }

    private static Device Make(string name, DeviceOptions options)
    {
        try
        {
            return IlgpuBackend.Create(name, options);
        }
        catch (NotSupportedException cannot)
        {
            throw new FormatException($"--device: {cannot.Message}", cannot);
        }
    }
}
