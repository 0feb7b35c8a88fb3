namespace Engram.Kernels.Cpu;

/// <summary>One or two numbers per element that <see cref="PairSums"/> adds up over a block of rows.</summary>
internal interface IPairTerms
{
    /// <summary>False where there is only the first number.</summary>
    static abstract bool HasSecond { get; }

    /// <summary>The first number of a lane of elements that starts at an offset.</summary>
    TLane First<TLane>(nint offset) where TLane : struct, ILane<TLane>;

    /// <summary>The second number of the same elements.</summary>
    TLane Second<TLane>(nint offset, TLane first) where TLane : struct, ILane<TLane>;

    /// <summary>The first number of the first <paramref name="count"/> elements of a lane, zeros behind them; touches no memory beyond them.</summary>
    TLane First<TLane>(nint offset, int count) where TLane : struct, ILane<TLane>;

    /// <summary>The second number of the same elements, zeros behind them.</summary>
    TLane Second<TLane>(nint offset, TLane first, int count) where TLane : struct, ILane<TLane>;
}
