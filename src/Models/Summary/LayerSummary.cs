namespace Engram.Models;

/// <summary>One line of a <see cref="ModelSummary"/>.</summary>
/// <param name="Name">Prefix of the layer's parameter names; empty for a layer without any.</param>
/// <param name="Kind">What it does, with its sizes.</param>
/// <param name="OutputShape">What it makes of one sample.</param>
/// <param name="Parameters">Number of parameters.</param>
/// <param name="Flops">
/// Operations of its matrix products, convolutions and attention for one sample, forward. A multiplication and an addition are two; elementwise work,
/// normalization and pooling are not counted.
/// </param>
/// <param name="KeptBytes">Bytes kept from forward to backward for the whole batch; memory that a layer before it keeps already is not counted again.</param>
public sealed record LayerSummary(string Name, string Kind, IReadOnlyList<int> OutputShape, int Parameters, long Flops, long KeptBytes);
