using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>y = (x − maximum) − logSum, of x + mask in the binary form. The larger difference comes first, so that no digit of it is lost.</summary>
internal readonly struct LogSoftmaxOp(float maximum, float logSum) : IUnaryOp, IBinaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T> => (x - T.Splat(maximum)) - T.Splat(logSum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T a, T b) where T : struct, ILane<T> => ((a + b) - T.Splat(maximum)) - T.Splat(logSum);
}
