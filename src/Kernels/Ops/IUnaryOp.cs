namespace Engram.Kernels;

/// <summary>
/// An elementwise function of one number, y = f(x): one struct, one expression, written over a lane of any width.
/// Its fields are its parameters. Drivers (<c>Map</c>) are generic over it, so op and loop melt into one.
/// </summary>
public interface IUnaryOp
{
    /// <summary>f(x), for every number of the lane.</summary>
    T Forward<T>(T x) where T : struct, ILane<T>;
}
