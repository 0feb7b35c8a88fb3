namespace Engram.Kernels.Cpu;

/// <summary>Accumulators of the three inner products of two vectors.</summary>
internal struct QuadSums<TLane> where TLane : struct, IDoubleLane<TLane>
{
    internal TLane Product, SquareB, SquareA;
}
