using Engram.Kernels;

namespace Engram.ContinualLearning.Experiments;

/// <summary>How an experiment is run; nothing here but <see cref="Device"/> changes a number of its result.</summary>
public sealed record RunSettings
{
    /// <summary>Folder with the datasets' folders; not needed for the built-in digits.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Folder of the run: finished cells, checkpoints and the result document.</summary>
    public required string OutFolder { get; init; }

    /// <summary>Cells that run at the same time, each on one thread; with a single cell, the threads inside its device. 0 takes all cores.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Makes the device that all cells run on, one after the other; <c>null</c> for the CPU. Its sums are added in another order than the CPU's, so this
    /// setting alone changes the last digits of a result.
    /// </summary>
    public Func<Device>? Device { get; init; }

    /// <summary>A cell that has run so long leaves a checkpoint at each further task's end, from which a stopped run goes on.</summary>
    public TimeSpan CheckpointAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Run cells again that are stored.</summary>
    public bool Fresh { get; init; }

    /// <summary>Result documents whose finished cells are taken over where the folder has none of its own; cells of other settings are left alone.</summary>
    public IReadOnlyList<string> From { get; init; } = [];

    /// <summary>Which cells are run, <c>dataset=cifar10,model=mixer</c> (see <see cref="CellFilter"/>); all when empty.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];
}
