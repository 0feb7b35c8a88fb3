namespace Engram.Kernels;

/// <summary>
/// A reduction of many numbers to one, y = ⊕ g(xᵢ): an identity, how a number enters an accumulator, and how two accumulators
/// become one. Which elements meet in which order is fixed by the shape alone (see <c>Fold</c>), never by threads or lane widths.
/// </summary>
public interface IFoldOp
{
    /// <summary>The accumulator before anything entered.</summary>
    static abstract float Identity { get; }

    /// <summary>accumulator ⊕ g(x).</summary>
    static abstract T Accumulate<T>(T accumulator, T x) where T : struct, ILane<T>;

    /// <summary>a ⊕ b, both being accumulators.</summary>
    static abstract T Merge<T>(T a, T b) where T : struct, ILane<T>;

    /// <summary>The places of one accumulator merged, upper half onto lower half until one is left.</summary>
    static abstract float MergeAcross<T>(T accumulator) where T : struct, ILane<T>;
}
