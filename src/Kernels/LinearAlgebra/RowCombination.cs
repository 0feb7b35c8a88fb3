using System.Runtime.CompilerServices;
using Engram.Kernels.Cpu;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// z = g + Σ_i v_i·ĝ_i over rows of float32, summed in double precision in the order of the rows and rounded once: the step of GEM from its multipliers
/// (arXiv 1706.08840, equation 12). Every row is read once; rows with v_i = 0 are not read at all.
/// </summary>
public static unsafe class RowCombination
{
    private const int Chunk = 8192, Lanes = 8;
    private const int Ahead = 256; // columns asked for before they are needed

    /// <summary>Adds the combination to a vector.</summary>
    /// <param name="coefficients">v [n].</param>
    /// <param name="rows">Row i begins at rows + i·stride.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="columns">Elements of a row, p.</param>
    /// <param name="target">g [p], becomes z; no row of the combination.</param>
    /// <param name="splitter">Threads; null runs on the calling thread.</param>
    public static void Add(ReadOnlySpan<double> coefficients, float* rows, nint stride, long columns, float* target, WorkSplitter? splitter = null) =>
        Run(coefficients, rows, stride, columns, target, splitter, LaneWidths.Widest);

    /// <summary>The same in a given lane width; every width gives the same bits.</summary>
    /// <param name="coefficients">v [n].</param>
    /// <param name="rows">Row i begins at rows + i·stride.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="columns">Elements of a row, p.</param>
    /// <param name="target">g [p], becomes z.</param>
    /// <param name="splitter">Threads; null runs on the calling thread.</param>
    /// <param name="width">Lane width.</param>
    public static void Run(ReadOnlySpan<double> coefficients, float* rows, nint stride, long columns, float* target, WorkSplitter? splitter, LaneWidth width)
    {
        fixed (double* v = coefficients)
        {
            var body = new ChunkBody { V = v, Count = coefficients.Length, Rows = rows, Stride = stride, Columns = columns, Target = target, Width = width };
            (splitter ?? Products.Serial).Run(checked((int)((columns + Chunk - 1) / Chunk)), ref body);
        }
    }

    private struct ChunkBody : IChunkBody
    {
        internal double* V;
        internal int Count;
        internal float* Rows;
        internal nint Stride;
        internal long Columns;
        internal float* Target;
        internal LaneWidth Width;

        public readonly void Execute(int chunk)
        {
            long start = (long)chunk * Chunk;
            nint n = (nint)Math.Min(Chunk, Columns - start);
            switch (Width)
            {
                case LaneWidth.Sixteen:
                    Combine<DoubleLane8>(Target + start, Rows + start, n);
                    break;
                case LaneWidth.Eight:
                    Combine<DoubleLane4>(Target + start, Rows + start, n);
                    break;
                case LaneWidth.Four:
                    Combine<DoubleLane2>(Target + start, Rows + start, n);
                    break;
                default:
                    Combine<DoubleLane1>(Target + start, Rows + start, n);
                    break;
            }
        }

        // sums in double precision wait in the near caches while the rows pass, four at a time: more streams than that the hardware does not follow
        [SkipLocalsInit]
        private readonly void Combine<TLane>(float* z, float* first, nint n) where TLane : struct, IDoubleLane<TLane>
        {
            double* sums = stackalloc double[Chunk];
            var group = new RowGroup { Sums = sums, Target = z, Count = n, IsFirst = true };
            for (int i = Next(0), next; i < Count; i = next)
            {
                int j = Next(i + 1), k = Next(j + 1), l = Next(k + 1);
                next = Next(l + 1);
                group.IsLast = next >= Count;
                group.A = first + i * Stride;
                group.FactorA = V[i];
                if (j < Count)
                {
                    group.B = first + j * Stride;
                    group.FactorB = V[j];
                }

                if (k < Count)
                {
                    group.C = first + k * Stride;
                    group.FactorC = V[k];
                }

                if (l < Count)
                {
                    group.D = first + l * Stride;
                    group.FactorD = V[l];
                }

                if (l < Count)
                    group.Add<TLane, Count4>();
                else if (k < Count)
                    group.Add<TLane, Count3>();
                else if (j < Count)
                    group.Add<TLane, Count2>();
                else
                    group.Add<TLane, Count1>();
                group.IsFirst = false;
            }
        }

        // the next row that counts
        private readonly int Next(int row)
        {
            while (row < Count && V[row] == 0)
                row++;
            return row;
        }
    }

    // up to four rows over a tile: the first ones begin with g, the last ones write z
    private struct RowGroup
    {
        internal float* Target, A, B, C, D;
        internal double FactorA, FactorB, FactorC, FactorD;
        internal double* Sums;
        internal nint Count;
        internal bool IsFirst, IsLast;

        internal readonly void Add<TLane, TRows>()
            where TLane : struct, IDoubleLane<TLane>
            where TRows : struct, ICount
        {
            float* z = Target, a = A, b = B, c = C, d = D;
            double* sums = Sums;
            bool first = IsFirst, last = IsLast;
            TLane fa = TLane.Splat(FactorA), fb = TLane.Splat(FactorB), fc = TLane.Splat(FactorC), fd = TLane.Splat(FactorD);
            int lanes = TLane.Count;
            nint i = 0, n = Count;
            for (; i <= n - Lanes * lanes; i += Lanes * lanes)
            {
                for (nint line = i + Ahead; line < i + Ahead + Lanes * lanes; line += Streams.LineFloats)
                {
                    GramTile.Fetch(a + line, TRows.Count > 1 ? b + line : a + line);
                    if (TRows.Count > 2)
                        GramTile.Fetch(c + line, TRows.Count > 3 ? d + line : c + line);
                }

                var s = first ? EightLanes<TLane>.Widen(z + i) : EightLanes<TLane>.Load(sums + i);
                s.Add(fa, a + i);
                if (TRows.Count > 1)
                    s.Add(fb, b + i);
                if (TRows.Count > 2)
                    s.Add(fc, c + i);
                if (TRows.Count > 3)
                    s.Add(fd, d + i);
                if (last)
                    s.Narrow(z + i);
                else
                    s.Store(sums + i);
            }

            for (; i < n; i++)
            {
                double sum = Math.FusedMultiplyAdd(FactorA, a[i], first ? z[i] : sums[i]);
                if (TRows.Count > 1)
                    sum = Math.FusedMultiplyAdd(FactorB, b[i], sum);
                if (TRows.Count > 2)
                    sum = Math.FusedMultiplyAdd(FactorC, c[i], sum);
                if (TRows.Count > 3)
                    sum = Math.FusedMultiplyAdd(FactorD, d[i], sum);
                if (last)
                    z[i] = (float)sum;
                else
                    sums[i] = sum;
            }
        }
    }

    // accumulators side by side
    private struct EightLanes<TLane> where TLane : struct, IDoubleLane<TLane>
    {
        private TLane _s0, _s1, _s2, _s3, _s4, _s5, _s6, _s7;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal static EightLanes<TLane> Widen(float* from)
        {
            EightLanes<TLane> s;
            s._s0 = TLane.Widen(from);
            s._s1 = TLane.Widen(from + TLane.Count);
            s._s2 = TLane.Widen(from + 2 * TLane.Count);
            s._s3 = TLane.Widen(from + 3 * TLane.Count);
            s._s4 = TLane.Widen(from + 4 * TLane.Count);
            s._s5 = TLane.Widen(from + 5 * TLane.Count);
            s._s6 = TLane.Widen(from + 6 * TLane.Count);
            s._s7 = TLane.Widen(from + 7 * TLane.Count);
            return s;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal static EightLanes<TLane> Load(double* from)
        {
            EightLanes<TLane> s;
            s._s0 = TLane.Load(from);
            s._s1 = TLane.Load(from + TLane.Count);
            s._s2 = TLane.Load(from + 2 * TLane.Count);
            s._s3 = TLane.Load(from + 3 * TLane.Count);
            s._s4 = TLane.Load(from + 4 * TLane.Count);
            s._s5 = TLane.Load(from + 5 * TLane.Count);
            s._s6 = TLane.Load(from + 6 * TLane.Count);
            s._s7 = TLane.Load(from + 7 * TLane.Count);
            return s;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal void Add(TLane factor, float* row)
        {
            TLane.Accumulate(ref _s0, factor, TLane.Widen(row));
            TLane.Accumulate(ref _s1, factor, TLane.Widen(row + TLane.Count));
            TLane.Accumulate(ref _s2, factor, TLane.Widen(row + 2 * TLane.Count));
            TLane.Accumulate(ref _s3, factor, TLane.Widen(row + 3 * TLane.Count));
            TLane.Accumulate(ref _s4, factor, TLane.Widen(row + 4 * TLane.Count));
            TLane.Accumulate(ref _s5, factor, TLane.Widen(row + 5 * TLane.Count));
            TLane.Accumulate(ref _s6, factor, TLane.Widen(row + 6 * TLane.Count));
            TLane.Accumulate(ref _s7, factor, TLane.Widen(row + 7 * TLane.Count));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal readonly void Narrow(float* to)
        {
            TLane.Narrow(_s0, to);
            TLane.Narrow(_s1, to + TLane.Count);
            TLane.Narrow(_s2, to + 2 * TLane.Count);
            TLane.Narrow(_s3, to + 3 * TLane.Count);
            TLane.Narrow(_s4, to + 4 * TLane.Count);
            TLane.Narrow(_s5, to + 5 * TLane.Count);
            TLane.Narrow(_s6, to + 6 * TLane.Count);
            TLane.Narrow(_s7, to + 7 * TLane.Count);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal readonly void Store(double* to)
        {
            TLane.Store(_s0, to);
            TLane.Store(_s1, to + TLane.Count);
            TLane.Store(_s2, to + 2 * TLane.Count);
            TLane.Store(_s3, to + 3 * TLane.Count);
            TLane.Store(_s4, to + 4 * TLane.Count);
            TLane.Store(_s5, to + 5 * TLane.Count);
            TLane.Store(_s6, to + 6 * TLane.Count);
            TLane.Store(_s7, to + 7 * TLane.Count);
        }
    }
}
