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

    /// <summary>Makes the device of that name; a number of threads counts for the CPU alone.</summary>
    /// <param name="name">What the user wrote.</param>
    /// <exception cref="FormatException">There is no such device here; the message says why, and what there is.</exception>
    public static Func<int, Device> Find(string name)
    {
        if (name == Cpu)
            return Device.Cpu;
        if (name == Emulated)
            return _ => Emulator.Create();
        IReadOnlyList<IlgpuFinding> found = IlgpuBackend.Find();
        if (found.Any(finding => finding.Name == name && finding.Available))
            return _ => IlgpuBackend.Create(name);
        string here = string.Join(", ", [Cpu, Emulated, .. found.Where(finding => finding.Available).Select(finding => finding.Name)]);
        string why = string.Join("; ", found.Where(finding => !finding.Available).Select(finding => finding.Note));
        throw new FormatException($"--device: there is no '{name}' here{(why.Length == 0 ? "" : $" ({why})")}; there is: {here}");
    }
}
