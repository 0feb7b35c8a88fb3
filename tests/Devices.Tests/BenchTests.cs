using Engram.Benchmarking;
using Engram.Benchmarking.Families;
using Engram.Kernels;
using Engram.Kernels.Ilgpu;
using Engram.Kernels.Simt;
using Engram.Results;

namespace Engram.Devices.Tests;

/// <summary>The suite of <c>engram bench</c> on every device found: ceilings of that device, and workloads of all kinds, right before they are timed.</summary>
public class BenchTests
{
    private static readonly BenchOptions Quick = new() { Quick = true, Rounds = 3 };

    // products of each kind, small: a simulation must get through them
    private static readonly string[] Small = ["gemm/odd-nn-17x33x65", "softmax-loss/gradient-10x10", "steps/mlp-b10"];

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Workloads_run_on_the_device_under_its_own_roof(string name)
    {
        WorkloadCase[] cases = [.. WorkloadCatalog.Families.SelectMany(family => family.Cases()).Where(one => Wanted(name).Contains(one.Name))];
        Assert.NotEmpty(cases);
        StringWriter text = new();
        BenchDocument document = new BenchRunner(Quick, new BenchTable(text), cases).Run(device: _ => Make(name));
        Assert.Empty(document.Failures);
        Assert.True(document.Complete);
        Assert.Equal(cases.Select(one => one.Name), document.Rows.Select(row => row.Name));
        BenchRoof roof = Assert.Single(document.Roofs);
        Assert.True(roof.PeakGflops > 0 && roof.MemoryGbps > 0, text.ToString());
        Assert.All(document.Rows, row => Assert.True(row is { Milliseconds: > 0, RoofShare: > 0 }));
        if (name == "cpu")
            return;
        Assert.Equal(document.Device, roof.Device);
        Assert.All(document.Rows, row => Assert.Equal(document.Device, row.Device));
        Assert.Contains($"roof, {document.Device}:", text.ToString());
        BenchDocument read = BenchJson.Deserialize(BenchJson.Serialize(document));
        Assert.Equal(document.Device, read.Rows[0].Device);
        Assert.Equal(document.Device, read.Roofs[0].Device);
    }

    [Fact]
    public void Host_code_is_left_out_of_a_devices_run_and_named()
    {
        WorkloadCase[] cases = [.. new SvdFamily().Cases().Where(one => one.HostOnly).Take(1), .. new GemmFamily().Cases().Where(one => one.Name == "gemm/odd-nn-17x33x65")];
        BenchDocument document = new BenchRunner(Quick, new BenchTable(new StringWriter()), cases).Run(device: _ => Make("emulator"));
        Assert.Equal("gemm/odd-nn-17x33x65", Assert.Single(document.Rows).Name);
        Assert.Contains(cases[0].Name, Assert.Single(document.Notes, note => note.StartsWith("left out", StringComparison.Ordinal)));
        Assert.True(document.Complete);
    }

    [Fact]
    public void The_loop_of_the_arithmetic_roof_gives_the_same_numbers_on_every_device()
    {
        foreach (string name in DevicesFound.Names)
        {
            new OnDevice(name).SameAsCpu(d =>
            {
                View x = d.Random(1, 300), y = d.Empty(300);
                d.Device.Map(new MultiplyAddLoop(52), x, y);
                return [d.Get(y)];
            }, 1e-6, "multiply-add loop");
        }
    }

    private static string[] Wanted(string name) => name == "ilgpu-cpu" ? [Small[0]] : Small;

    // a device of the run's own, which the runner disposes of
    private static Device Make(string name) => name switch
    {
        "cpu" => Device.Cpu(2),
        "emulator" => Emulator.Create(),
        _ => IlgpuBackend.Create(name),
    };
}
