using System.Runtime.CompilerServices;

namespace Engram.Kernels.Simt;

/// <summary>What a kernel may use beside plain C#: its place in the grid, shared memory, barriers, and the operations that GPUs and .NET name differently.</summary>
internal static class Gpu
{
    /// <summary>Threads of a group, in every launch.</summary>
    public const int Threads = 256;

    /// <summary>This thread's number in its group.</summary>
    public static int Thread => SimThread.Current.Thread;

    /// <summary>This group's column in the grid.</summary>
    public static int GroupX => SimThread.Current.GroupX;

    /// <summary>This group's row in the grid.</summary>
    public static int GroupY => SimThread.Current.GroupY;

    /// <summary>This group's plane in the grid.</summary>
    public static int GroupZ => SimThread.Current.GroupZ;

    /// <summary>Columns of the grid.</summary>
    public static int GroupsX => SimThread.Current.GroupsX;

    /// <summary>This thread's number in its row of the grid.</summary>
    public static int Global
    {
        get
        {
            SimThread thread = SimThread.Current;
            return (thread.GroupX * Threads) + thread.Thread;
        }
    }

    /// <summary>Shared memory of the group; the length is a constant.</summary>
    public static SimView<float> SharedFloats(int length) => SimThread.Current.Shared<float>(length);

    /// <summary>Shared memory of the group; the length is a constant.</summary>
    public static SimView<double> SharedDoubles(int length) => SimThread.Current.Shared<double>(length);

    /// <summary>Shared memory of the group; the length is a constant.</summary>
    public static SimView<int> SharedInts(int length) => SimThread.Current.Shared<int>(length);

    /// <summary>Four elements at once; the first one's place in its memory is a multiple of four.</summary>
    public static Quad Load4(SimView<float> view, int at)
    {
        view.Four(at, store: false);
        return new Quad { X = view.Read(at), Y = view.Read(at + 1), Z = view.Read(at + 2), W = view.Read(at + 3) };
    }

    /// <summary>Writes four elements at once; the first one's place in its memory is a multiple of four.</summary>
    public static void Store4(SimView<float> view, int at, Quad value)
    {
        view.Four(at, store: true);
        view.Write(at, value.X);
        view.Write(at + 1, value.Y);
        view.Write(at + 2, value.Z);
        view.Write(at + 3, value.W);
    }

    /// <summary>a·b + c with one rounding.</summary>
    public static float Fma(float a, float b, float c)
    {
        if (SimThread.Current.Trace is { } trace)
            trace.Tally.MultiplyAdds++;
        return MathF.FusedMultiplyAdd(a, b, c);
    }

    /// <summary>The bits of a number.</summary>
    public static int Bits(float value) => BitConverter.SingleToInt32Bits(value);

    /// <summary>The number of some bits.</summary>
    public static float Number(int bits) => BitConverter.Int32BitsToSingle(bits);

    /// <summary>What <c>Gpu.Barrier()</c> becomes (Barriers.targets): the line tells one barrier from another.</summary>
    internal static int Here([CallerLineNumber] int line = 0) => line;
}
