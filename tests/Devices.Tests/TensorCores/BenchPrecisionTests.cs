using Engram.Benchmarking;
using Engram.Kernels;
using Engram.Kernels.Simt;

namespace Engram.Devices.Tests;

/// <summary>
/// <c>engram bench --precision tf32|bf16</c> beyond single products: whole workloads with rounded operands pass the check that stands before every timing, and wrong ones do not.
/// </summary>
public class BenchPrecisionTests
{
    public static TheoryData<string, string> Workloads => new()
    {
        { "steps/mlp-b32", "tf32" },
        { "steps/mlp-b32", "bf16" },
        { "nets/mixersmall-b10", "tf32" },
    };

    [Theory]
    [MemberData(nameof(Workloads))]
    public void Rounded_operands_are_right_and_a_lacking_part_of_the_depth_is_wrong(string name, string precision)
    {
        ProductPrecision rounds = ProductPrecisions.Parse(precision);
        Deviation right = Check(name, new PtxCores(rounds));
        Assert.True(right.IsRight, $"{name}, {precision}: off by {right.Error}, at most {right.Tolerance} is right");
        Deviation wrong = Check(name, new ShallowCores(new PtxCores(rounds)));
        Assert.False(wrong.IsRight, $"{name}, {precision}: off by {wrong.Error} passed at {wrong.Tolerance}");
    }

    private static Deviation Check(string name, ITensorCores cores)
    {
        using var device = new EmulatorDevice(tensorCores: cores);
        using Workspace workspace = new(device, 1);
        Workload workload = WorkloadCatalog.Families.SelectMany(family => family.Cases()).Single(one => one.Name == name).Create(workspace);
        workload.Reset?.Invoke();
        workload.Run();
        Assert.True(device.ProductCounts is { TensorCores: > 3 });
        return workload.Check();
    }

    /// <summary>Kernels that leave out the last eighth of the depth.</summary>
    private sealed class ShallowCores(ITensorCores whole) : ITensorCores
    {
        public ProductPrecision Precision => whole.Precision;

        public nint Address(GpuBuffer<float> buffer, int element) => whole.Address(buffer, element);

        public void Launch(string kernel, in TensorProduct arguments, int groupsX, int groupsY, int groupsZ) =>
            whole.Launch(kernel, arguments with { Depth = arguments.Depth * 7 / 8 }, groupsX, groupsY, groupsZ);

        public void Dispose() => whole.Dispose();
    }
}
