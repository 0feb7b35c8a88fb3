namespace Engram.Kernels;

/// <summary>An elementwise function of two numbers, y = f(a, b); see <see cref="IUnaryOp"/>.</summary>
public interface IBinaryOp
{
    /// <summary>f(a, b), for every number of the lanes.</summary>
    T Forward<T>(T a, T b) where T : struct, ILane<T>;
}
