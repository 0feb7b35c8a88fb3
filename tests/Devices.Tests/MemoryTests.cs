using Engram.ContinualLearning;
using Engram.ContinualLearning.Tests;
using Engram.Data;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.Simt;

namespace Engram.Devices.Tests;

/// <summary>Device memory is kept and used again, and a request too large leaves everything as it was; on an emulated device with little memory.</summary>
public class MemoryTests
{
    [Fact]
    public void What_a_buffer_gives_back_is_used_again()
    {
        using var device = new EmulatorDevice();
        DeviceBuffer<float> first = device.Allocate<float>(1000);
        long held = device.Memory.InUse;
        first.Dispose();
        first.Dispose();
        Assert.Equal((0, held), (device.Memory.InUse, device.Memory.Kept));
        using DeviceBuffer<int> second = device.Allocate<int>(990); // of another type, about as large
        Assert.Equal((held, 0), (device.Memory.InUse, device.Memory.Kept));
    }

    [Fact]
    public void A_decomposition_in_steady_state_asks_for_no_new_memory()
    {
        using var device = new EmulatorDevice();
        var on = new OnDevice(device);
        View a = on.Random(1, 30, 25), u = on.Empty(30, 3), s = on.Empty(3);
        var options = new RandomizedSvdOptions(3) { Path = SvdPath.Sketch, PowerIterations = 1 };
        device.TruncatedSvd(a, options, u, s, null);
        long held = device.Memory.InUse + device.Memory.Kept;
        device.TruncatedSvd(a, options, u, s, null);
        Assert.Equal(held, device.Memory.InUse + device.Memory.Kept);
    }

    [Fact]
    public void Kept_memory_makes_room_and_a_request_beyond_all_of_it_names_the_sizes()
    {
        using var device = new EmulatorDevice(1 << 20);
        for (int i = 0; i < 4; i++)
            device.Allocate<float>(60_000 + (4096 * i)).Dispose(); // kept blocks of several sizes
        using DeviceBuffer<float> all = device.Allocate<float>(200_000);
        string message = Assert.Throws<OutOfMemoryException>(() => device.Allocate<double>(100_000)).Message;
        Assert.Contains("0.8 MiB for 100000 elements of Double", message);
        Assert.Contains("emulator", message);
        Assert.Contains("0.8 MiB are in use", message);
        Assert.Contains("smaller batch", message);
    }

    [Theory]
    [InlineData("er reservoir")]
    [InlineData("agem reservoir")]
    [InlineData("gem")]
    public void A_batch_that_does_not_fit_leaves_the_learner_as_it_was(string name)
    {
        using var small = new EmulatorDevice(480 << 10);
        using var large = new EmulatorDevice();
        using var learner = new Learner(Toy.Options(Toy.Strategy(name)) with { Device = small });
        using var other = new Learner(Toy.Options(Toy.Strategy(name)) with { Device = large });
        for (int task = 0; task < 2; task++)
        {
            ImageSet images = Toy.Task(task, 40);
            foreach (Learner one in new[] { learner, other })
                Toy.Train(one, images, 2);
            float[] before = learner.Values.ToArray();
            foreach (int rows in new[] { 2000, 4000, 2000 })
            {
                // the rows find room and their activations do not; not even the rows
                var x = new float[rows * Toy.Features];
                var labels = new int[rows];
                Assert.Contains("smaller batch", Assert.Throws<OutOfMemoryException>(() => learner.Observe(new Batch(x, labels))).Message);
            }

            Assert.Equal(before, learner.Values.ToArray());
            foreach (Learner one in new[] { learner, other })
            {
                Toy.Train(one, images, 2, start: 2);
                one.EndTask(new ImageSetSamples(images));
            }

            Assert.Equal(other.Values.ToArray(), learner.Values.ToArray());
        }
    }
}
