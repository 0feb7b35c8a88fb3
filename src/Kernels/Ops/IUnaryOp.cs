namespace Engram.Kernels;

/// <summary>
/// An elementwise function of one number, y = f(x): one struct, one expression, written over a lane of any width.
/// Its fields are its parameters. Drivers (<c>Map</c>) are generic over it, so op and loop melt into one.
/// </summary>
public interface IUnaryOp
{
    /// <summary>Whether it takes some twenty instructions or more: loops then hold one copy of it, where they hold several of a short one.</summary>
    static virtual bool IsLong => false;

    /// <summary>f(x), for every number of the lane.</summary>
    T Forward<T>(T x) where T : struct, ILane<T>;
}
