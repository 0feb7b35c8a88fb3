namespace Engram.Kernels.Cpu;

/// <summary>
/// The taps of a kernel along one axis, seen from the lines of a target. Target line l = grid + n · Grids reads, for each tap of its grid,
/// source line n · Step + offset(tap). Forward there is one grid, of all results; backward, image lines apart by the stride see the same taps
/// and make a grid each. Source lines are kept apart by their remainder modulo Step ("slots"), so that neighbours on a grid are neighbours in
/// memory: tap i reads line n + Shift(i) of slot Slot(i). Taps are sorted by grid.
/// </summary>
internal readonly unsafe struct TapAxis
{
    private const int Arrays = 5;

    private readonly int* taps, shifts, slots, phases, grids;

    private TapAxis(int count, int step, int gridCount, int* memory)
    {
        Count = count;
        Step = step;
        Grids = gridCount;
        taps = memory;
        shifts = memory + count;
        slots = memory + 2 * count;
        phases = memory + 3 * count;
        grids = memory + 4 * count;
        Low = int.MaxValue;
        for (var i = 0; i < count; i++)
        {
            Low = Math.Min(Low, shifts[i]);
        }

        for (var i = 0; i < count; i++)
        {
            var (shift, phase) = Math.DivRem(shifts[i] - Low, step);
            var slot = 0;
            while (slot < SlotCount && phases[slot] != phase)
            {
                slot++;
            }

            if (slot == SlotCount)
                phases[SlotCount++] = phase;
            slots[i] = slot;
            shifts[i] = shift;
            MaxShift = Math.Max(MaxShift, shift);
        }
    }

    /// <summary>Number of taps of all grids.</summary>
    public int Count { get; }

    /// <summary>The smallest offset.</summary>
    public int Low { get; }

    /// <summary>Source lines from one line of a grid to the next.</summary>
    public int Step { get; }

    /// <summary>Target lines from one line of a grid to the next, and so the number of grids.</summary>
    public int Grids { get; }

    /// <summary>Remainders modulo <see cref="Step"/> that some tap needs.</summary>
    public int SlotCount { get; }

    /// <summary>The largest shift: lines of a slot beyond the grid's own.</summary>
    public int MaxShift { get; }

    /// <summary>Index of tap i in the kernel.</summary>
    public int Tap(int i) => taps[i];

    /// <summary>Lines from the first one of its slot to the one that tap i reads for the first line of its grid.</summary>
    public int Shift(int i) => shifts[i];

    /// <summary>The slot of tap i.</summary>
    public int Slot(int i) => slots[i];

    /// <summary>The remainder that a slot holds: source line Low + Phase + Step · n is line n of the slot.</summary>
    public int Phase(int slot) => phases[slot];

    /// <summary>The grid of tap i.</summary>
    public int Grid(int i) => grids[i];

    /// <summary>True when every grid that has lines in a target of this size has taps.</summary>
    public bool Covers(int target)
    {
        int covered = 0, i = 0;
        for (; i < Count && grids[i] < target; i = GridEnd(i))
        {
            covered++;
        }

        return covered == Math.Min(Grids, target);
    }

    /// <summary>Behind the last tap of the grid of tap i.</summary>
    public int GridEnd(int i)
    {
        var grid = grids[i];
        while (i < Count && grids[i] == grid)
        {
            i++;
        }

        return i;
    }

    /// <summary>Lines of a grid when the target has so many.</summary>
    public int Lines(int grid, int target) => grid >= target ? 0 : (target - 1 - grid) / Grids + 1;

    /// <summary>Integers of memory that an axis of a kernel of this size needs.</summary>
    public static int Memory(int kernel) => Arrays * kernel;

    /// <summary>Results are the target, the image is the source.</summary>
    public static TapAxis Forward(int kernel, int stride, int padding, int dilation, int* memory)
    {
        for (var i = 0; i < kernel; i++)
        {
            memory[i] = i;
            memory[kernel + i] = i * dilation - padding;
            memory[4 * kernel + i] = 0;
        }

        return new TapAxis(kernel, stride, 1, memory);
    }

    /// <summary>The image is the target, results are the source: line h receives result (h + padding − tap · dilation) / stride where that is whole.</summary>
    public static TapAxis Backward(int kernel, int stride, int padding, int dilation, int* memory)
    {
        int* taps = memory, offsets = memory + kernel, grids = memory + 4 * kernel;
        for (var tap = 0; tap < kernel; tap++)
        {
            var away = tap * dilation - padding;
            var grid = (away % stride + stride) % stride;
            var at = tap;
            for (; at > 0 && grids[at - 1] > grid; at--)
            {
                taps[at] = taps[at - 1];
                offsets[at] = offsets[at - 1];
                grids[at] = grids[at - 1];
            }

            taps[at] = tap;
            offsets[at] = (grid - away) / stride;
            grids[at] = grid;
        }

        return new TapAxis(kernel, 1, stride, memory);
    }
}
