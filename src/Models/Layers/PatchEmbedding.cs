using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models;

/// <summary>
/// Cuts images into square patches and maps each to a vector: rows [batch, channels·height·width] → tokens [batch, patches, width]. It is the
/// convolution whose stride is its window, computed as one matrix product; parameters <c>name.weight</c> [width, channels, patch, patch] and
/// <c>name.bias</c> [width], the convolution's.
/// </summary>
public sealed class PatchEmbedding : ILayer
{
    private readonly string _name;
    private readonly ImageShape _input;
    private readonly int _patch;
    private readonly Parameter _weight, _bias;

    /// <summary>Adds the layer's parameters to a set.</summary>
    /// <param name="parameters">The model's set.</param>
    /// <param name="name">Prefix of the parameter names.</param>
    /// <param name="input">Sizes of an image.</param>
    /// <param name="patch">Rows and columns of a patch.</param>
    /// <param name="width">Features of a token.</param>
    /// <exception cref="ArgumentException">The patch does not divide the image.</exception>
    public PatchEmbedding(ParameterSet parameters, string name, ImageShape input, int patch, int width)
    {
        if (input.Height % patch != 0 || input.Width % patch != 0)
            throw new ArgumentException($"patch embedding '{name}': images of {input} cannot be cut into patches of {patch}×{patch}; " +
                "set model.patch to a divisor of height and width, or pad the images");
        _name = name;
        _input = input;
        _patch = patch;
        _weight = parameters.Add($"{name}.weight", width, input.Channels, patch, patch);
        _bias = parameters.Add($"{name}.bias", width);
        Tokens = input.Height / patch * (input.Width / patch);
    }

    /// <summary>Patches of an image.</summary>
    public int Tokens { get; }

    /// <inheritdoc/>
    public Variable Forward(in Variable x, LayerTrace? trace)
    {
        int batch = x.Size(0), rows = _input.Height / _patch, columns = _input.Width / _patch, features = _input.Channels * _patch * _patch;
        // [batch, channels, rows, patch, columns, patch] → [batch, rows, columns, channels, patch, patch]
        Variable patches = Views.Reshape(x, batch, _input.Channels, rows, _patch, columns, _patch);
        patches = Views.Transpose(Views.Transpose(Views.Transpose(patches, 1, 2), 2, 4), 3, 4);
        patches = Views.Reshape(patches, batch, Tokens, features);
        Variable weight = Views.Reshape(x.Tape.Parameter(_weight), _weight.Layout.Size(0), features);
        Variable y = Linear.Apply(patches, weight, x.Tape.Parameter(_bias), default(IdentityOp));
        trace?.Add(_name, $"patches {_patch}×{_patch}", y, _weight.Count + _bias.Count, 2L * y.Value.Count * features);
        return y;
    }

    /// <inheritdoc/>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed) => initialization.Fill(values, _weight, _bias, seed);
}
