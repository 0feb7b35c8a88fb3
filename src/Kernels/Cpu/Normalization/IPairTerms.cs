namespace Engram.Kernels.Cpu;

/// <summary>Two numbers per element that <see cref="PairSums"/> adds up over a block of rows.</summary>
internal interface IPairTerms
{
    /// <summary>False where the second number is not wanted (it is then not added).</summary>
    static abstract bool HasSecond { get; }

    /// <summary>Both numbers of a lane of elements that starts at an offset.</summary>
    void Whole<TLane>(nint offset, out TLane first, out TLane second) where TLane : struct, ILane<TLane>;

    /// <summary>The same for the first <paramref name="count"/> elements of a lane, zeros behind them; touches no memory beyond them.</summary>
    void Part<TLane>(nint offset, int count, out TLane first, out TLane second) where TLane : struct, ILane<TLane>;
}
