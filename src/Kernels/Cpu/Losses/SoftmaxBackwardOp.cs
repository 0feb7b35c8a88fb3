using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>y·(dy − mean) with a = dy, b = y and mean = Σ dy·y over the row.</summary>
internal readonly struct SoftmaxBackwardOp(float mean) : IBinaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T a, T b) where T : struct, ILane<T> => b * (a - T.Splat(mean));
}
