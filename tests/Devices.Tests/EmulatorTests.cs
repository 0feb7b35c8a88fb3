using Engram.Kernels;
using Engram.Kernels.Simt;

namespace Engram.Devices.Tests;

/// <summary>The emulator catches what is planted, names the place, and lets sound kernels pass.</summary>
public sealed class EmulatorTests : IDisposable
{
    private readonly EmulatorDevice _device = new();

    [Fact]
    public void A_sound_exchange_passes()
    {
        GpuBuffer<float> x = Buffer(Gpu.Threads);
        _device.LaunchGroups(new SoundExchange { X = x.View(0, Gpu.Threads) }, 1);
        var found = new float[Gpu.Threads];
        _device.Download(x, 0, found);
        Assert.Equal([.. Enumerable.Range(1, Gpu.Threads).Select(i => (float)(i % Gpu.Threads))], found);
        GpuBuffer<float> own = Buffer(3 * Gpu.Threads);
        _device.Upload<float>(new float[3 * Gpu.Threads], own, 0);
        _device.Launch(new OwnElement { X = own.View(0, 3 * Gpu.Threads) }, 3);
        _device.Launch(new OwnElement { X = own.View(0, 3 * Gpu.Threads) }, 3);
        found = new float[3 * Gpu.Threads];
        _device.Download(own, 0, found);
        Assert.All(found, value => Assert.Equal(2f, value));
    }

    [Fact]
    public void A_race_within_a_group_is_caught()
    {
        Assert.Contains("RacyReduction", Caught(KernelFault.Race, () => _device.LaunchGroups(new RacyReduction { X = View() }, 1)));
        Assert.Contains("shared memory", Caught(KernelFault.Race, () => _device.LaunchGroups(new ReusedSlot { X = View() }, 1)));
    }

    [Fact]
    public void A_race_between_groups_is_caught()
    {
        Assert.Contains("group (0, 0, 0), thread 1", Caught(KernelFault.Race, () => _device.Launch(new OneForAll { X = View() }, 1)));
        Assert.Contains("group (1, 0, 0)", Caught(KernelFault.Race, () => _device.Launch(new NeighbourGroup { X = View() }, 3)));
    }

    [Fact]
    public void A_grid_that_no_GPU_starts_is_caught()
    {
        Assert.Contains("OwnElement: a grid of (1, 65536, 1)", Caught(KernelFault.GridSize, () => _device.Launch(new OwnElement { X = View() }, 1, 65536)));
        Caught(KernelFault.GridSize, () => _device.LaunchGroups(new SoundExchange { X = View() }, 1, 1, 65536));
        Caught(KernelFault.GridSize, () => _device.Launch(new OwnElement { X = View() }, 0));
    }

    [Fact]
    public void Memory_outside_a_view_is_caught() =>
        Assert.Contains($"element {Gpu.Threads} of a view of {Gpu.Threads}", Caught(KernelFault.OutOfBounds, () => _device.Launch(new OutOfBounds { X = View() }, 1)));

    [Fact]
    public void Shared_memory_that_nobody_wrote_is_caught() =>
        Assert.Contains($"element {Gpu.Threads} of shared", Caught(KernelFault.UninitializedShared, () => _device.LaunchGroups(new UnwrittenShared { X = View() }, 1)));

    [Fact]
    public void Divergent_barriers_are_caught()
    {
        Assert.Contains("has ended while thread 0 waits", Caught(KernelFault.DivergentBarrier, () => _device.LaunchGroups(new EarlyReturn { X = View() }, 1)));
        Assert.Contains("while thread 0 waits at the barrier of line", Caught(KernelFault.DivergentBarrier, () => _device.LaunchGroups(new TwoBarriers { X = View() }, 1)));
    }

    [Fact]
    public void Four_elements_at_once_from_a_place_that_is_no_multiple_of_four_are_caught()
    {
        Assert.Contains("from element 1 of a view that begins at 0", Caught(KernelFault.Misaligned, () => _device.LaunchGroups(new Misaligned { X = View() }, 1)));
        Floats shifted = Buffer(Gpu.Threads).View(2, Gpu.Threads - 2);
        Assert.Contains("begins at 2", Caught(KernelFault.Misaligned, () => _device.LaunchGroups(new Misaligned { X = shifted }, 1)));
    }

    [Fact]
    public void After_a_fault_the_device_goes_on()
    {
        Caught(KernelFault.OutOfBounds, () => _device.Launch(new OutOfBounds { X = View() }, 1));
        A_sound_exchange_passes();
    }

    [Fact]
    public void Device_memory_is_out_of_the_hosts_reach()
    {
        GpuBuffer<float> x = Buffer(4);
        Assert.Contains("Device.Download", Assert.Throws<InvalidOperationException>(() => x.HostSpan.Length).Message);
        Assert.Throws<NotSupportedException>(() => _device.Share([1f]));
        x.Dispose();
        Assert.Throws<ObjectDisposedException>(() => x.View(0, 4));
    }

    [Fact]
    public void Uploads_and_downloads_beyond_a_buffer_are_refused()
    {
        GpuBuffer<float> x = Buffer(4);
        Assert.Throws<ArgumentOutOfRangeException>(() => _device.Upload<float>(new float[3], x, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => _device.Download(x, 1, new float[4]));
    }

    public void Dispose() => _device.Dispose();

    private static string Caught(KernelFault fault, Action launch)
    {
        var caught = Assert.Throws<KernelFaultException>(launch);
        Assert.Equal(fault, caught.Fault);
        return caught.Message;
    }

    private GpuBuffer<float> Buffer(int length) => (GpuBuffer<float>)_device.Allocate<float>(length);

    private Floats View() => Buffer(Gpu.Threads).View(0, Gpu.Threads);
}
