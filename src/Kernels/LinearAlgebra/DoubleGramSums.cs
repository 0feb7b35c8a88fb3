using Engram.Kernels.Cpu;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>Exact products, sums in double precision: a number is converted once, when it is staged, and not once for every pair.</summary>
internal readonly unsafe struct DoubleGramSums<TLane> : IGramSums where TLane : struct, IDoubleLane<TLane>
{
    private const int Places = GramTile.Places;

    public static int Span => 128;

    public static int Step => Places;

    public static int StagedBytes => Span * sizeof(double);

    public static bool ManyRegisters => TLane.Count == Places;

    public static void Stage(float* rows, nint stride, int count, int span, byte* panel)
    {
        for (int r = 0; r < count; r++)
        {
            float* row = rows + (r * stride);
            double* wide = (double*)panel + (r * Span);
            for (int c = 0; c < span; c += TLane.Count)
                TLane.Store(TLane.Widen(row + c), wide + c);
        }
    }

    // four columns against four rows, or two where registers are few; lanes that hold fewer than the eight places walk over the columns once for every part of
    // them. What a tile on the diagonal lacks vanishes from its code.
    public static void Tile<TTile>(in GramTile tile) where TTile : struct, IGramTile
    {
        double* a0 = Row(tile, 0), a1 = Row(tile, 1), a2 = Row(tile, 2), a3 = Row(tile, 3);
        double* b0 = Column(tile, 0), b1 = Column(tile, 1), b2 = Column(tile, 2), b3 = Column(tile, 3);
        float* ahead = tile.Ahead, further = tile.Further;
        int span = tile.Span;
        for (int part = 0; part < Places; part += TLane.Count)
        {
            double* at = tile.Sums + part;
            TLane s00 = TLane.Load(at), s01 = TLane.Load(at + 8), s02 = TLane.Load(at + 16), s03 = TLane.Load(at + 24);
            TLane s10 = TLane.Load(at + 32), s11 = TLane.Load(at + 40), s12 = TLane.Load(at + 48), s13 = TLane.Load(at + 56);
            TLane s20 = default, s21 = default, s22 = default, s23 = default;
            TLane s30 = default, s31 = default, s32 = default, s33 = default;
            if (TTile.Rows > 2)
            {
                (s20, s21, s22, s23) = (TLane.Load(at + 64), TLane.Load(at + 72), TLane.Load(at + 80), TLane.Load(at + 88));
                (s30, s31, s32, s33) = (TLane.Load(at + 96), TLane.Load(at + 104), TLane.Load(at + 112), TLane.Load(at + 120));
            }

            for (nint c = part; c < span; c += Places)
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

            Store(at, s00, s01, s02, s03);
            Store(at + 32, s10, s11, s12, s13);
            if (TTile.Rows > 2)
            {
                Store(at + 64, s20, s21, s22, s23);
                Store(at + 96, s30, s31, s32, s33);
            }
        }
    }

    private static void Store(double* to, TLane s0, TLane s1, TLane s2, TLane s3)
    {
        TLane.Store(s0, to);
        TLane.Store(s1, to + Places);
        TLane.Store(s2, to + (2 * Places));
        TLane.Store(s3, to + (3 * Places));
    }

    private static double* Row(in GramTile tile, int r) => (double*)tile.Row(r, StagedBytes);

    private static double* Column(in GramTile tile, int c) => (double*)tile.Column(c, StagedBytes);
}
