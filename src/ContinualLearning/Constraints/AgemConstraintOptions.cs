using Engram.Autograd;

namespace Engram.ContinualLearning;

/// <summary>A-GEM's rule over the whole flat vector: see <see cref="AgemProjection"/>.</summary>
public sealed record AgemConstraintOptions : ConstraintOptions
{
    /// <inheritdoc/>
    public override IEnumerable<string> Problems(string at) => [];

    /// <inheritdoc/>
    public override IGradientConstraint Create(ParameterSet parameters) => new AgemProjection();
}
