using System.Runtime.Intrinsics;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// z = g + Σ_i v_i·ĝ_i over rows of float32, summed in double precision in the order of the rows and rounded once: the step of GEM from its multipliers
/// (arXiv 1706.08840, equation 12). Every row is read once; rows with v_i = 0 are not read at all.
/// </summary>
public static unsafe class RowCombination
{
    private const int Chunk = 8192;

    /// <summary>Adds the combination to a vector.</summary>
    /// <param name="coefficients">v [n].</param>
    /// <param name="rows">Row i begins at rows + i·stride.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="columns">Elements of a row, p.</param>
    /// <param name="target">g [p], becomes z; no row of the combination.</param>
    /// <param name="splitter">Threads; null runs on the calling thread.</param>
    public static void Add(ReadOnlySpan<double> coefficients, float* rows, nint stride, long columns, float* target, WorkSplitter? splitter = null)
    {
        fixed (double* v = coefficients)
        {
            var body = new ChunkBody { V = v, Count = coefficients.Length, Rows = rows, Stride = stride, Columns = columns, Target = target };
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

        public readonly void Execute(int chunk)
        {
            long start = (long)chunk * Chunk;
            int n = (int)Math.Min(Chunk, Columns - start), c = 0;
            float* z = Target + start, g = Rows + start;
            if (Vector512.IsHardwareAccelerated)
            {
                for (; c <= n - 32; c += 32)
                {
                    (Vector512<double> s0, Vector512<double> s1) = Vector512.Widen(Vector512.Load(z + c));
                    (Vector512<double> s2, Vector512<double> s3) = Vector512.Widen(Vector512.Load(z + c + 16));
                    for (int i = 0; i < Count; i++)
                    {
                        if (V[i] == 0)
                            continue;
                        Vector512<double> v = Vector512.Create(V[i]);
                        float* row = g + i * Stride + c;
                        (Vector512<double> x0, Vector512<double> x1) = Vector512.Widen(Vector512.Load(row));
                        (Vector512<double> x2, Vector512<double> x3) = Vector512.Widen(Vector512.Load(row + 16));
                        s0 = Vector512.FusedMultiplyAdd(v, x0, s0);
                        s1 = Vector512.FusedMultiplyAdd(v, x1, s1);
                        s2 = Vector512.FusedMultiplyAdd(v, x2, s2);
                        s3 = Vector512.FusedMultiplyAdd(v, x3, s3);
                    }

                    Vector512.Narrow(s0, s1).Store(z + c);
                    Vector512.Narrow(s2, s3).Store(z + c + 16);
                }
            }
            else
            {
                for (; c <= n - 16; c += 16)
                {
                    (Vector256<double> s0, Vector256<double> s1) = Vector256.Widen(Vector256.Load(z + c));
                    (Vector256<double> s2, Vector256<double> s3) = Vector256.Widen(Vector256.Load(z + c + 8));
                    for (int i = 0; i < Count; i++)
                    {
                        if (V[i] == 0)
                            continue;
                        Vector256<double> v = Vector256.Create(V[i]);
                        float* row = g + i * Stride + c;
                        (Vector256<double> x0, Vector256<double> x1) = Vector256.Widen(Vector256.Load(row));
                        (Vector256<double> x2, Vector256<double> x3) = Vector256.Widen(Vector256.Load(row + 8));
                        s0 = Vector256.FusedMultiplyAdd(v, x0, s0);
                        s1 = Vector256.FusedMultiplyAdd(v, x1, s1);
                        s2 = Vector256.FusedMultiplyAdd(v, x2, s2);
                        s3 = Vector256.FusedMultiplyAdd(v, x3, s3);
                    }

                    Vector256.Narrow(s0, s1).Store(z + c);
                    Vector256.Narrow(s2, s3).Store(z + c + 8);
                }
            }

            for (; c < n; c++)
            {
                double s = z[c];
                for (int i = 0; i < Count; i++)
                {
                    if (V[i] != 0)
                        s = Math.FusedMultiplyAdd(V[i], g[i * Stride + c], s);
                }

                z[c] = (float)s;
            }
        }
    }
}
