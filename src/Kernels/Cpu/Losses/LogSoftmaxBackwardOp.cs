using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>dy − exp(y)·total with a = dy, b = y and total = Σ dy over the row.</summary>
internal readonly struct LogSoftmaxBackwardOp(float total) : IBinaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T a, T b) where T : struct, ILane<T> => T.FusedMultiplyAdd(LaneMath.Exp(b), T.Splat(-total), a);
}
