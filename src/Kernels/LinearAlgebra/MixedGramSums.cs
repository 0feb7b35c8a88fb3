using System.Runtime.CompilerServices;
using Engram.Kernels.Cpu;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Sums of 32 products in single precision, sixteen side by side, over spans of 512 columns; a span's sixteen sums are added to the places in double precision. Rows are
/// staged although nothing is converted: at an unlucky distance from each other they would throw each other out of the first-level cache.
/// </summary>
internal readonly unsafe struct MixedGramSums<TLane, TDouble> : IGramSums where TLane : struct, ILane<TLane> where TDouble : struct, IDoubleLane<TDouble>
{
    private const int Places = GramTile.Places;
    private const int Sums = 16; // single-precision accumulators of a pair
    private const int Pairs = GramTile.Side * GramTile.Side;

    public static int Span => 512;

    public static int Step => Sums;

    public static int StagedBytes => Span * sizeof(float);

    public static bool ManyRegisters => TLane.Count == Sums;

    public static void Stage(float* rows, nint stride, int count, int span, byte* panel)
    {
        for (int r = 0; r < count; r++)
        {
            float* row = rows + (r * stride), staged = (float*)panel + (r * Span);
            for (int c = 0; c < span; c += TLane.Count)
                TLane.Store(TLane.Load(row + c), staged + c);
        }
    }

    [SkipLocalsInit]
    public static void Tile<TTile>(in GramTile tile) where TTile : struct, IGramTile
    {
        float* memory = stackalloc float[(Pairs * Sums) + Sums];
        float* parts = (float*)(((nint)memory + 63) & ~63);
        float* a0 = Row(tile, 0), a1 = Row(tile, 1), a2 = Row(tile, 2), a3 = Row(tile, 3);
        float* b0 = Column(tile, 0), b1 = Column(tile, 1), b2 = Column(tile, 2), b3 = Column(tile, 3);
        float* ahead = tile.Ahead, further = tile.Further;
        int span = tile.Span;
        for (int part = 0; part < Sums; part += TLane.Count)
        {
            TLane s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
            TLane s20 = default, s21 = default, s22 = default, s23 = default, s30 = default, s31 = default, s32 = default, s33 = default;
            for (nint c = part; c < span; c += Sums)
            {
                TLane x0 = TLane.Load(b0 + c), x1 = TLane.Load(b1 + c), x2 = TLane.Load(b2 + c), x3 = TLane.Load(b3 + c), y = TLane.Load(a0 + c);
                if (0 >= 0 + TTile.From) TLane.Accumulate(ref s00, y, x0);
                if (1 >= 0 + TTile.From) TLane.Accumulate(ref s01, y, x1);
                if (2 >= 0 + TTile.From) TLane.Accumulate(ref s02, y, x2);
                if (3 >= 0 + TTile.From) TLane.Accumulate(ref s03, y, x3);
                GramTile.Fetch(ahead + c, further + c);
                y = TLane.Load(a1 + c);
                if (0 >= 1 + TTile.From) TLane.Accumulate(ref s10, y, x0);
                if (1 >= 1 + TTile.From) TLane.Accumulate(ref s11, y, x1);
                if (2 >= 1 + TTile.From) TLane.Accumulate(ref s12, y, x2);
                if (3 >= 1 + TTile.From) TLane.Accumulate(ref s13, y, x3);
                if (TTile.Rows > 2)
                {
                    y = TLane.Load(a2 + c);
                    if (0 >= 2 + TTile.From) TLane.Accumulate(ref s20, y, x0);
                    if (1 >= 2 + TTile.From) TLane.Accumulate(ref s21, y, x1);
                    if (2 >= 2 + TTile.From) TLane.Accumulate(ref s22, y, x2);
                    if (3 >= 2 + TTile.From) TLane.Accumulate(ref s23, y, x3);
                    y = TLane.Load(a3 + c);
                    if (0 >= 3 + TTile.From) TLane.Accumulate(ref s30, y, x0);
                    if (1 >= 3 + TTile.From) TLane.Accumulate(ref s31, y, x1);
                    if (2 >= 3 + TTile.From) TLane.Accumulate(ref s32, y, x2);
                    if (3 >= 3 + TTile.From) TLane.Accumulate(ref s33, y, x3);
                }
            }

            float* at = parts + part;
            Store(at, s00, s01, s02, s03);
            Store(at + (4 * Sums), s10, s11, s12, s13);
            if (TTile.Rows > 2)
            {
                Store(at + (8 * Sums), s20, s21, s22, s23);
                Store(at + (12 * Sums), s30, s31, s32, s33);
            }
        }

        double* places = tile.Sums;
        for (int e = 0; e < TTile.Rows * GramTile.Side; e++)
        {
            for (int p = 0; p < Places; p += TDouble.Count)
            {
                float* low = parts + (e * Sums) + p;
                double* at = places + (e * Places) + p;
                TDouble.Store(TDouble.Add(TDouble.Load(at), TDouble.Add(TDouble.Widen(low), TDouble.Widen(low + Places))), at);
            }
        }
    }

    private static float* Row(in GramTile tile, int r) => (float*)tile.Row(r, StagedBytes);

    private static float* Column(in GramTile tile, int c) => (float*)tile.Column(c, StagedBytes);

    private static void Store(float* to, TLane s0, TLane s1, TLane s2, TLane s3)
    {
        TLane.Store(s0, to);
        TLane.Store(s1, to + Sums);
        TLane.Store(s2, to + (2 * Sums));
        TLane.Store(s3, to + (3 * Sums));
    }
}
