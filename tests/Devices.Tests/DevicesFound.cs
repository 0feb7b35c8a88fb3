using Engram.Kernels;
using Engram.Kernels.Ilgpu;
using Engram.Kernels.Simt;

namespace Engram.Devices.Tests;

/// <summary>
/// The devices of this build and machine. Every test of the suite runs on each; <c>ENGRAM_REQUIRE_DEVICES=cpu,emulator,cuda</c> makes one that is
/// absent a failure.
/// </summary>
public static class DevicesFound
{
    private static readonly Dictionary<string, Func<Device>> Makers = Find();

    [ThreadStatic]
    private static Dictionary<string, Device>? made;

    /// <summary>Names for theories.</summary>
    public static TheoryData<string> All => [.. Makers.Keys];

    /// <summary>Names of the devices found.</summary>
    public static IReadOnlyCollection<string> Names => Makers.Keys;

    /// <summary>The device of a name, one per test thread.</summary>
    public static Device Get(string name)
    {
        made ??= [];
        if (!made.TryGetValue(name, out Device? device))
            made[name] = device = Makers[name]();
        return device;
    }

    private static Dictionary<string, Func<Device>> Find()
    {
        var found = new Dictionary<string, Func<Device>> { ["cpu"] = () => Device.Cpu(2), ["emulator"] = Emulator.Create };
        foreach (IlgpuFinding finding in IlgpuBackend.Find().Where(finding => finding.Available))
            found[finding.Name] = () => IlgpuBackend.Create(finding.Name);
        return found;
    }
}
