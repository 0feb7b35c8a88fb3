namespace Engram.Results;

/// <summary>Where the proxy of one class was after every task from the one that introduced it on, in a plane.</summary>
public sealed record ProxyPath
{
    /// <summary>The class.</summary>
    public required int Class { get; init; }

    /// <summary>Tasks after whose ends the points were taken, ascending, 0 for the first task. [points]</summary>
    public required IReadOnlyList<int> Tasks { get; init; }

    /// <summary>First coordinates. [points]</summary>
    public required IReadOnlyList<double> X { get; init; }

    /// <summary>Second coordinates. [points]</summary>
    public required IReadOnlyList<double> Y { get; init; }
}
