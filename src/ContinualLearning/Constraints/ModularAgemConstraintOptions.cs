using System.Text.Json.Serialization;
using Engram.Autograd;

namespace Engram.ContinualLearning;

/// <summary>A-GEM's rule within modules of the parameters: see <see cref="ModularAgemProjection"/>.</summary>
public sealed record ModularAgemConstraintOptions : ConstraintOptions
{
    /// <summary>Number of modules; 1 is A-GEM itself. Without meaning for layers and tensors.</summary>
    public int Modules { get; set; } = 2;

    /// <summary>How the parameters are cut.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ParameterPartition Partition { get; set; }

    /// <summary>Of a random partition.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong PartitionSeed { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Problems(string at)
    {
        if (Modules is < 1 or > 4096)
            yield return $"{at}.modules must be 1 to 4096, got {Modules}";
        if (!Enum.IsDefined(Partition))
            yield return $"{at}.partition must be \"equal-slices\", \"layers\", \"layer-groups\", \"tensors\" or \"random\", got {(int)Partition}";
    }

    /// <inheritdoc/>
    public override IGradientConstraint Create(ParameterSet parameters) => new ModularAgemProjection(ParameterModules.Of(parameters, Partition, Modules, PartitionSeed));
}
