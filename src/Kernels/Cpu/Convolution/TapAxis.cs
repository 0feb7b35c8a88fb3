namespace Engram.Kernels.Cpu;

/// <summary>
/// The taps of a kernel along one axis, seen from the grid of results: grid line g and tap i meet at source line g · Step + offset(i).
/// Source lines are kept apart by their remainder modulo Step ("slots"), so that neighbours on the grid are neighbours in memory:
/// tap i reads line g + Shift(i) of slot Slot(i).
/// </summary>
internal readonly unsafe struct TapAxis
{
    private const int Arrays = 4;

    private readonly int* taps, shifts, slots, phases;

    private TapAxis(int count, int low, int step, int slotCount, int maxShift, int* memory, int capacity)
    {
        Count = count;
        Low = low;
        Step = step;
        SlotCount = slotCount;
        MaxShift = maxShift;
        taps = memory;
        shifts = memory + capacity;
        slots = memory + 2 * capacity;
        phases = memory + 3 * capacity;
    }

    /// <summary>Number of taps that take part; possibly none.</summary>
    public int Count { get; }

    /// <summary>The smallest offset.</summary>
    public int Low { get; }

    /// <summary>Source lines from one grid line to the next.</summary>
    public int Step { get; }

    /// <summary>Remainders modulo <see cref="Step"/> that some tap needs.</summary>
    public int SlotCount { get; }

    /// <summary>The largest shift: lines of a slot beyond the grid's own.</summary>
    public int MaxShift { get; }

    /// <summary>Index of tap i in the kernel.</summary>
    public int Tap(int i) => taps[i];

    /// <summary>Lines from the first one of its slot to the one that tap i reads for grid line 0.</summary>
    public int Shift(int i) => shifts[i];

    /// <summary>The slot of tap i.</summary>
    public int Slot(int i) => slots[i];

    /// <summary>The remainder that a slot holds: source line Low + Phase + Step · n is line n of the slot.</summary>
    public int Phase(int slot) => phases[slot];

    /// <summary>Integers of memory that an axis of a kernel of this size needs.</summary>
    public static int Memory(int kernel) => Arrays * kernel;

    /// <summary>Results are grid lines, the image is the source.</summary>
    public static TapAxis Forward(int kernel, int stride, int padding, int dilation, int* memory)
    {
        for (var i = 0; i < kernel; i++)
        {
            memory[i] = i;
            memory[kernel + i] = i * dilation - padding;
        }

        return Arrange(kernel, stride, memory, kernel);
    }

    /// <summary>
    /// Image lines residue, residue + stride, … are the grid, results are the source: line h receives result (h + padding − tap · dilation)
    /// / stride where that is whole, so each residue has taps of its own.
    /// </summary>
    public static TapAxis Backward(int kernel, int stride, int padding, int dilation, int residue, int* memory)
    {
        var count = 0;
        for (var i = 0; i < kernel; i++)
        {
            var meets = residue + padding - i * dilation;
            if (meets % stride != 0)
                continue;
            memory[count] = i;
            memory[kernel + count] = meets / stride;
            count++;
        }

        return Arrange(count, 1, memory, kernel);
    }

    // on entry the second array holds offsets
    private static TapAxis Arrange(int count, int step, int* memory, int capacity)
    {
        int* offsets = memory + capacity, slotOf = memory + 2 * capacity, phases = memory + 3 * capacity;
        var low = count == 0 ? 0 : int.MaxValue;
        for (var i = 0; i < count; i++)
        {
            low = Math.Min(low, offsets[i]);
        }

        int slotCount = 0, maxShift = 0;
        for (var i = 0; i < count; i++)
        {
            var (shift, phase) = Math.DivRem(offsets[i] - low, step);
            var slot = 0;
            while (slot < slotCount && phases[slot] != phase)
            {
                slot++;
            }

            if (slot == slotCount)
                phases[slotCount++] = phase;
            slotOf[i] = slot;
            offsets[i] = shift;
            maxShift = Math.Max(maxShift, shift);
        }

        return new TapAxis(count, low, step, slotCount, maxShift, memory, capacity);
    }
}
