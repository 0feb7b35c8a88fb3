using Engram.Kernels;
using Engram.Kernels.Simt;

namespace Engram.Devices.Tests;

/// <summary>What kernels ask of a GPU stays what docs/gpu.md says, and the counter counts what it should.</summary>
public class KernelCountTests
{
    // sectors' bytes over the bytes of operands read and results written once: the most
    private static readonly Dictionary<string, double> Most = new()
    {
        ["map exp, 2¹⁸"] = 1, ["zip add of a row, 512×512"] = 1.5, ["copy of a transpose, 512×512"] = 1, ["sum, 2¹⁸"] = 1.04, ["sums of columns, 512×512"] = 1.04,
        ["softmax, 256×1000"] = 2.01, ["layer normalization, 512×256"] = 3.06, ["batch normalization, 32×32×16×16"] = 1.55, ["its backward pass"] = 1.77,
        ["SGD step with momentum, 2¹⁸"] = 1, ["Adam step, 2¹⁸"] = 1, ["projection, 2¹⁸ (it conflicts)"] = 2.06, ["Gram matrix, 8×32,768"] = 9.04,
        ["product 1024×32·32×1024"] = 1.42, ["product 256×256·256×256"] = 4.4, ["the same, both transposed"] = 4.4, ["product 10×784·784×256"] = 1.3,
        ["convolution 3×3, 16→64 at 16×16, batch 8"] = 4.3, ["its image's gradient"] = 10.7, ["its weights' gradient"] = 5.9,
    };

    [Fact]
    public void Kernels_move_no_more_bytes_make_no_more_multiply_adds_and_want_no_bank_twice()
    {
        KernelCounts[] rows = [.. KernelCounts.All()];
        Assert.Equal(Most.Keys.Order(), rows.Select(row => row.Work).Order());
        Assert.All(rows, row =>
        {
            Assert.True(row.Fetched >= 0.999 && row.Fetched <= Most[row.Work], $"{row.Work}: {row.Fetched:F3} times the bytes it must move");
            Assert.True(double.IsNaN(row.SharedTurns) || row.SharedTurns <= 1.1, $"{row.Work}: {row.SharedTurns:F3} times the turns of the banks");
            Assert.True(double.IsNaN(row.MultiplyAdds) || row.MultiplyAdds >= 0.999, $"{row.Work}: {row.MultiplyAdds:F3} of the multiply-adds");
        });

        // tiles of 64 lines that all exist waste nothing
        Assert.All(rows.Where(row => row.Work.StartsWith("product 2", StringComparison.Ordinal) || row.Work.StartsWith("conv", StringComparison.Ordinal)), row => Assert.Equal(1, row.MultiplyAdds, 1e-9));
    }

    [Fact]
    public void A_step_launches_no_more_kernels_and_asks_the_device_for_the_loss_alone()
    {
        int[] most = [19, 19, 39, 67, 191];
        StepLaunches[] steps = [.. StepLaunches.All()];
        Assert.Equal(most.Length, steps.Length);
        Assert.All(steps.Zip(most), step => Assert.True(step.First.Launches <= step.Second, $"{step.First.Step}: {step.First.Launches} launches ({step.First.Kernels})"));
        Assert.All(steps, step => Assert.Equal(step.Step.Contains("A-GEM", StringComparison.Ordinal) ? 2 + 3 : 1, step.Fetched)); // two losses, three numbers of the projection
    }

    [Fact]
    public void The_counter_tells_neighbours_from_scattered_elements_and_banks_apart()
    {
        KernelTally Counted(int step)
        {
            using var device = new EmulatorDevice { IsCounting = true };
            View x = new OnDevice(device).Empty(Gpu.Threads * step);
            device.LaunchGroups(new StridesKernel { X = ((GpuBuffer<float>)x.Buffer).View(0, x.Count), Step = step }, 1);
            return Assert.Single(device.Tallies).Value;
        }

        foreach ((int step, int sectors, int turns) in new[] { (1, 4, 1), (2, 8, 2), (8, 32, 8), (32, 32, 32), (33, 32, 1) })
        {
            KernelTally of = Counted(step);
            const int warps = 8;
            Assert.Equal((warps, warps * 128, warps * sectors), (of.Stores, of.StoredBytes, of.StoredSectors));
            Assert.Equal((2 * warps, 2 * warps * turns, 2 * warps), (of.Shared, of.SharedTurns, of.LeastSharedTurns));
            Assert.Equal((1, 1, Gpu.Threads, 0), (of.Launches, of.Barriers, of.MultiplyAdds, of.Loads));
        }
    }
}
