namespace Engram.Kernels;

/// <summary>A unary op that knows its derivative.</summary>
public interface IDifferentiableUnaryOp : IUnaryOp
{
    /// <summary>Which of x and y <see cref="Derivative"/> reads: a tape saves nothing else.</summary>
    static abstract DerivativeNeeds Needs { get; }

    /// <summary>f′ at x, where y = f(x). What <see cref="Needs"/> does not name may hold anything.</summary>
    T Derivative<T>(T x, T y) where T : struct, ILane<T>;
}
