using Engram.Kernels.Cpu;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// z = g + Σ_i v_i·ĝ_i over rows of float32, summed in double precision in the order of the rows and rounded once: the step of GEM from its multipliers
/// (arXiv 1706.08840, equation 12). Every row is read once; rows with v_i = 0 are not read at all.
/// </summary>
public static unsafe class RowCombination
{
    private const int Chunk = 8192;
    private const int Sums = 8;
    private const int Ahead = 256; // columns asked for before they are needed: twenty rows are more streams than the hardware follows

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

        private readonly void Combine<TLane>(float* z, float* first, nint n) where TLane : struct, IDoubleLane<TLane>
        {
            double* v = V;
            nint lanes = TLane.Count, width = Sums * lanes, c = 0, stride = Stride;
            for (; c + width <= n; c += width)
            {
                TLane s0 = TLane.Widen(z + c), s1 = TLane.Widen(z + c + lanes), s2 = TLane.Widen(z + c + (2 * lanes)), s3 = TLane.Widen(z + c + (3 * lanes));
                TLane s4 = TLane.Widen(z + c + (4 * lanes)), s5 = TLane.Widen(z + c + (5 * lanes)), s6 = TLane.Widen(z + c + (6 * lanes)), s7 = TLane.Widen(z + c + (7 * lanes));
                float* row = first + c;
                for (int i = 0; i < Count; i++, row += stride)
                {
                    if (v[i] == 0)
                        continue;
                    TLane factor = TLane.Splat(v[i]);
                    for (nint line = 0; line < width; line += 2 * Streams.LineFloats)
                        GramTile.Fetch(row + Ahead + line, row + Ahead + line + Streams.LineFloats);
                    TLane.Accumulate(ref s0, factor, TLane.Widen(row));
                    TLane.Accumulate(ref s1, factor, TLane.Widen(row + lanes));
                    TLane.Accumulate(ref s2, factor, TLane.Widen(row + (2 * lanes)));
                    TLane.Accumulate(ref s3, factor, TLane.Widen(row + (3 * lanes)));
                    TLane.Accumulate(ref s4, factor, TLane.Widen(row + (4 * lanes)));
                    TLane.Accumulate(ref s5, factor, TLane.Widen(row + (5 * lanes)));
                    TLane.Accumulate(ref s6, factor, TLane.Widen(row + (6 * lanes)));
                    TLane.Accumulate(ref s7, factor, TLane.Widen(row + (7 * lanes)));
                }

                TLane.Narrow(s0, z + c);
                TLane.Narrow(s1, z + c + lanes);
                TLane.Narrow(s2, z + c + (2 * lanes));
                TLane.Narrow(s3, z + c + (3 * lanes));
                TLane.Narrow(s4, z + c + (4 * lanes));
                TLane.Narrow(s5, z + c + (5 * lanes));
                TLane.Narrow(s6, z + c + (6 * lanes));
                TLane.Narrow(s7, z + c + (7 * lanes));
            }

            for (; c < n; c++)
            {
                double s = z[c];
                for (int i = 0; i < Count; i++)
                {
                    if (v[i] != 0)
                        s = Math.FusedMultiplyAdd(v[i], first[(i * stride) + c], s);
                }

                z[c] = (float)s;
            }
        }
    }
}
