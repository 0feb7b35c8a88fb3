namespace Engram.Kernels;

/// <summary>A binary op that knows its two partial derivatives.</summary>
public interface IDifferentiableBinaryOp : IBinaryOp
{
    /// <summary>Which of (a, b) and y the derivatives read: a tape saves nothing else.</summary>
    static abstract DerivativeNeeds Needs { get; }

    /// <summary>∂f/∂a at (a, b), where y = f(a, b). What <see cref="Needs"/> does not name may hold anything.</summary>
    T DerivativeA<T>(T a, T b, T y) where T : struct, ILane<T>;

    /// <summary>∂f/∂b at (a, b), where y = f(a, b). What <see cref="Needs"/> does not name may hold anything.</summary>
    T DerivativeB<T>(T a, T b, T y) where T : struct, ILane<T>;
}
