namespace Engram.Results;

/// <summary>What another library, or a slower form of the same kernel, took for the same work in the same run.</summary>
public sealed record BenchPeer
{
    /// <summary>Its name: <c>OpenBLAS</c>, <c>oneDNN</c>, <c>TensorPrimitives</c>, <c>PyTorch</c>, <c>naive</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its version, and what else decides about its speed.</summary>
    public required string Version { get; init; }

    /// <summary>Median time of one call, in milliseconds.</summary>
    public required double Milliseconds { get; init; }

    /// <summary>Our time divided by its time: below one means that Engram is faster.</summary>
    public required double Ratio { get; init; }

    /// <summary>Interquartile range of its samples, divided by their median.</summary>
    public required double Noise { get; init; }
}
