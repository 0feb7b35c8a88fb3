using System.Text.Json.Serialization;

namespace Engram.Models;

/// <summary>Which model, and its settings: JSON <c>{"kind": "mlp", "hidden": [200, 200]}</c>. Inputs and outputs come from the data.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(MlpOptions), "mlp")]
[JsonDerivedType(typeof(MixerOptions), "mixer")]
[JsonDerivedType(typeof(VisionTransformerOptions), "vit")]
[JsonDerivedType(typeof(ResNet18Options), "resnet18")]
[JsonDerivedType(typeof(SmallCnnOptions), "small-cnn")]
[JsonDerivedType(typeof(AlexNetOptions), "alexnet")]
[JsonDerivedType(typeof(MGemCnnOptions), "mgem-cnn")]
public abstract record ModelOptions
{
    /// <summary>Sizes of one sample; <see cref="ImageShape.Flat"/> for samples that are no images.</summary>
    [JsonIgnore]
    public ImageShape Input { get; set; } = new(1, 28, 28);

    /// <summary>Logits per sample.</summary>
    [JsonIgnore]
    public int Outputs { get; set; } = 10;

    /// <summary>What is wrong with the settings, one sentence each; empty when nothing is.</summary>
    public abstract IEnumerable<string> Problems();

    /// <summary>A model with these settings.</summary>
    public abstract Model Create();
}
