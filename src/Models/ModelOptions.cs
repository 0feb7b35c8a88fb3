using System.Text.Json.Serialization;

namespace Engram.Models;

/// <summary>Which model, and its settings: JSON <c>{"kind": "mlp", "hidden": [200, 200]}</c>. Inputs and outputs come from the data.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(MlpOptions), "mlp")]
public abstract record ModelOptions
{
    /// <summary>Features per sample.</summary>
    [JsonIgnore]
    public int Inputs { get; set; } = 784;

    /// <summary>Logits per sample.</summary>
    [JsonIgnore]
    public int Outputs { get; set; } = 10;

    /// <summary>What is wrong with the settings, one sentence each; empty when nothing is.</summary>
    public abstract IEnumerable<string> Problems();

    /// <summary>A model with these settings.</summary>
    public abstract Model Create();
}
