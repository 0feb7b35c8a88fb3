namespace Engram.ContinualLearning;

/// <summary>
/// Modular GEM (Liu et al. 2024, arXiv 2410.00868): one constraint per module of the parameters (p-mGEM),
/// per group of a task's memory (d-mGEM), or both, in the place of GEM's one per task. How the paper cuts parameters and memories is not known to us; every
/// way is an option.
/// </summary>
public sealed record MGemOptions : GemOptions
{
    /// <summary>How the parameters are cut.</summary>
    public ParameterPartition Partition { get; set; } = ParameterPartition.LayerGroups;

    /// <summary>Modules of the parameters; 1 for none. Layers and tensors are as many as the network has.</summary>
    public int Modules { get; set; } = 2;

    /// <summary>Of a random partition.</summary>
    public ulong PartitionSeed { get; set; }

    /// <summary>How a task's memory is cut.</summary>
    public DataPartition DataPartition { get; set; }

    /// <summary>Groups of a task's memory; 1 for none.</summary>
    public int DataGroups { get; set; } = 1;

    /// <summary>Whether every group gets γ/groups, so that the memory as a whole weighs what it does in GEM; else every group gets γ.</summary>
    public bool DivideStrength { get; set; } = true;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        foreach (string problem in base.Problems())
            yield return problem;
        if (!Enum.IsDefined(Partition))
            yield return $"strategy.partition must be \"equal-slices\", \"layers\", \"layer-groups\", \"tensors\" or \"random\", got {(int)Partition}";
        if (!Enum.IsDefined(DataPartition))
            yield return $"strategy.dataPartition must be \"random\", \"interleaved\", \"by-class\" or \"by-time\", got {(int)DataPartition}";
        if (Modules is < 1 or > 4096)
            yield return $"strategy.modules must be 1 to 4096, got {Modules}";
        if (DataGroups is < 1 or > 4096)
            yield return $"strategy.dataGroups must be 1 to 4096, got {DataGroups}";
    }

    /// <inheritdoc/>
    public override IStrategy Create(TrainingStep step) => Create(
        step, ParameterModules.Of(step.Model.Parameters, Partition, Modules, PartitionSeed), DataGroups, DataPartition, PartitionSeed, DivideStrength ? 1.0 / DataGroups : 1);
}
