namespace Engram.Results;

/// <summary>
/// Trajectories of class proxies in two dimensions: all snapshots of a run, brought to length 1, in the plane of their two principal components. One plane
/// for the whole run, so that distances between points mean the same everywhere in it.
/// </summary>
public sealed record ProxyPlane
{
    /// <summary>Share of the snapshots' variance that the plane holds, in [0, 1].</summary>
    public required double Explained { get; init; }

    /// <summary>One path per class that was followed.</summary>
    public required IReadOnlyList<ProxyPath> Paths { get; init; }
}
