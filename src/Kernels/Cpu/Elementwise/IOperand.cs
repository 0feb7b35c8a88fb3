using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>How a loop reads one of its inputs: running along it, or one number for all.</summary>
internal unsafe interface IOperand<TSelf, TLane>
    where TSelf : struct, IOperand<TSelf, TLane>
    where TLane : struct, ILane<TLane>
{
    static abstract TSelf Open(float* source);

    TLane At(nint index);

    TLane PartAt(nint index, int count);
}

/// <summary>Stride 1.</summary>
internal readonly unsafe struct Running<TLane>(float* source) : IOperand<Running<TLane>, TLane>
    where TLane : struct, ILane<TLane>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Running<TLane> Open(float* source) => new(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane At(nint index) => TLane.Load(source + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane PartAt(nint index, int count) => TLane.LoadPartial(source + index, count);
}

/// <summary>Stride 0.</summary>
internal readonly unsafe struct Repeated<TLane>(TLane value) : IOperand<Repeated<TLane>, TLane>
    where TLane : struct, ILane<TLane>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Repeated<TLane> Open(float* source) => new(TLane.Splat(*source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane At(nint index) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane PartAt(nint index, int count) => value;
}
