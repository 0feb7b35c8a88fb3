using Engram.Models;

namespace Engram.Benchmarks;

/// <summary>The networks that are measured against PyTorch's, under the names that benchmarks/peers/torch_networks.py knows.</summary>
internal static class Networks
{
    internal static Model Create(string name, int channels, int size)
    {
        ModelOptions options = name switch
        {
            "mixer" => new MixerOptions { Patch = 4, Width = 128, Depth = 4, TokenHidden = 64, ChannelHidden = 512 },
            "mixer-small" => new MixerOptions { Patch = 4, Width = 64, Depth = 2, TokenHidden = 32, ChannelHidden = 128 },
            "resnet18-20" => new ResNet18Options { Width = 20 },
            "resnet18-64" => new ResNet18Options { Width = 64 },
            _ => throw new ArgumentException($"unknown network {name}; known: mixer, mixer-small, resnet18-20, resnet18-64"),
        };
        return (options with { Input = new ImageShape(channels, size, size), Outputs = 10 }).Create();
    }
}
