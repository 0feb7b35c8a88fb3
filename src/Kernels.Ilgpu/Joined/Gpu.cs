using ILGPU;
using ILGPU.IR.Intrinsics;

namespace Engram.Kernels.Simt;

/// <summary>The facade of kernels, forwarded to ILGPU; what the names mean is written at the emulator's.</summary>
internal static class Gpu
{
    public const int Threads = 256;

    public static int Thread => Group.IdxX;

    public static int GroupX => Grid.IdxX;

    public static int GroupY => Grid.IdxY;

    public static int GroupZ => Grid.IdxZ;

    public static int GroupsX => Grid.DimX;

    public static int Global => (Grid.IdxX * Threads) + Group.IdxX;

    public static ArrayView<float> SharedFloats(int length) => SharedMemory.Allocate<float>(length);

    public static ArrayView<double> SharedDoubles(int length) => SharedMemory.Allocate<double>(length);

    public static ArrayView<int> SharedInts(int length) => SharedMemory.Allocate<int>(length);

    public static void Barrier() => Group.Barrier();

    // the cast comes first: ILGPU takes the beginning of a view for aligned, and of nothing else does it know that
    public static Quad Load4(ArrayView<float> view, int at) => view.Cast<Quad>()[at >> 2];

    public static void Store4(ArrayView<float> view, int at, Quad value) => view.Cast<Quad>()[at >> 2] = value;

    /// <summary>An instruction of its own on NVIDIA (<see cref="Ilgpu.FusedMultiplyAdd"/>); elsewhere the product is exact in double precision.</summary>
    [IntrinsicImplementation]
    public static float Fma(float a, float b, float c) => (float)(((double)a * b) + c);

    public static int Bits(float value) => (int)Interop.FloatAsInt(value);

    public static float Number(int bits) => Interop.IntAsFloat((uint)bits);
}
