using System.Text.Json.Serialization;
using Engram.Autograd;

namespace Engram.ContinualLearning;

/// <summary>Which gradient constraint: JSON <c>{"kind": "agem"}</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(AgemConstraintOptions), "agem")]
[JsonDerivedType(typeof(ModularAgemConstraintOptions), "modular-agem")]
public abstract record ConstraintOptions
{
    /// <summary>What is wrong with the settings, one sentence each.</summary>
    /// <param name="at">JSON path of this record, for the messages.</param>
    public abstract IEnumerable<string> Problems(string at);

    /// <summary>A constraint with these settings.</summary>
    /// <param name="parameters">The network's parameters, which modules are made of.</param>
    public abstract IGradientConstraint Create(ParameterSet parameters);
}
