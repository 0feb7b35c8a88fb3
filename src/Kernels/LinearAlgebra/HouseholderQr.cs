namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Thin QR by blocked Householder reflections: A [m, n] = Q [m, k] · R [k, n], k = min(m, n), QᵀQ = I, R upper trapezoidal.
/// Rank-deficient input is safe: Q is orthonormal whatever the rank, the deficiency shows in R's diagonal.
/// </summary>
/// <remarks>
/// Promise: ‖QR − A‖_F and ‖QᵀQ − I‖_F·‖A‖_F are below c·eps·sqrt(8·max(m, n))·‖A‖_F. The matrix is scaled by a power of two first, so
/// entries from 1e-38 to
/// 1e38 behave alike. Columns are held contiguously and reflected in panels of 32 in compact WY form, I − V T Vᵀ (Schreiber and
/// Van Loan 1989), so most of the work is matrix products.
/// </remarks>
public static unsafe class HouseholderQr
{
    private const int Panel = 32;

    /// <summary>Floats of scratch needed for a [<paramref name="rows"/>, <paramref name="columns"/>] matrix.</summary>
    public static int ScratchLength(int rows, int columns)
    {
        var measure = new Scratch(null, 0);
        _ = new Workspace(ref measure, rows, columns, null);
        return measure.LengthInFloats;
    }

    /// <summary>Factors <paramref name="a"/>, which is only read.</summary>
    /// <param name="a">Matrix [m, n], any strides.</param>
    /// <param name="q">Receives Q [m, min(m, n)], row-major.</param>
    /// <param name="r">Receives R [min(m, n), n], row-major, zeros below the diagonal; may be null.</param>
    /// <param name="scratch"><see cref="ScratchLength"/> floats.</param>
    /// <param name="splitter">Threads for the products; null runs on the calling thread. The result does not depend on their
    /// number.</param>
    /// <exception cref="ArgumentException">An entry is not finite, or the scratch is too short.</exception>
    public static void Factor(in MatrixView a, float* q, float* r, Span<float> scratch, WorkSplitter? splitter = null) =>
        Factor(a, q, r, scratch, splitter, qAsRows: false);

    /// <summary>The same with Q handed out as Qᵀ [k, m], one basis vector per row.</summary>
    internal static void FactorToRows(in MatrixView a, float* q, Span<float> scratch, WorkSplitter splitter) =>
        Factor(a, q, null, scratch, splitter, qAsRows: true);

    private static void Factor(in MatrixView a, float* q, float* r, Span<float> scratch, WorkSplitter? splitter, bool qAsRows)
    {
        MatrixScan scan = MatrixScan.Run("HouseholderQr", a);
        int exponent = scan.ScaleExponent;
        fixed (float* start = scratch)
        {
            var pieces = new Scratch(start, scratch.Length);
            var work = new Workspace(ref pieces, a.Rows, a.Columns, splitter);
            Load(a, work.Columns, exponent);
            Reduce(work);
            if (r != null)
            {
                WriteR(work, r, -exponent);
            }

            FormQ(work);
            if (qAsRows)
            {
                new Span<float>(work.QColumns, work.K * work.M).CopyTo(new Span<float>(q, work.K * work.M));
            }
            else
            {
                Transpose(work.QColumns, work.K, work.M, q);
            }
        }
    }

    private static void Load(in MatrixView a, float* columns, int exponent)
    {
        for (int i = 0; i < a.Rows; i++)
        {
            for (int j = 0; j < a.Columns; j++)
            {
                columns[(long)j * a.Rows + i] = MathF.ScaleB(*a.At(i, j), exponent);
            }
        }
    }

    // Panels: reflect the panel's own columns one by one, then all columns to its right at once.
    private static void Reduce(in Workspace w)
    {
        for (int first = 0, panel = 0; first < w.K; first += Panel, panel++)
        {
            int count = Math.Min(Panel, w.K - first);
            for (int j = first; j < first + count; j++)
            {
                float* x = w.Columns + (long)j * w.M;
                float* v = w.Reflectors + (long)j * w.M;
                new Span<float>(v, j).Clear();
                w.Tau[j] = Reflect(x + j, v + j, w.M - j);
                for (int c = j + 1; c < first + count; c++)
                {
                    float* y = w.Columns + (long)c * w.M + j;
                    double s = FloatVectors.Dot(v + j, y, w.M - j);
                    FloatVectors.Add((float)(-w.Tau[j] * s), v + j, y, w.M - j);
                }
            }

            float* t = w.Triangles + (long)panel * Panel * Panel;
            FormTriangle(w, first, count, t);
            int right = first + count;
            if (right < w.N)
            {
                // C ← Hᵀ C = C − V Tᵀ Vᵀ C, written for columns held as rows: Cᵀ ← Cᵀ − (Cᵀ V) T Vᵀ
                ApplyBlock(w, first, count, new MatrixView(t, count, count, Panel, 1), w.Columns + (long)right * w.M, w.N - right);
            }
        }
    }

    // x becomes (beta, 0, …), v the reflector with v[0] = 1; returns tau, 0 when there is nothing to reflect
    private static double Reflect(float* x, float* v, int n)
    {
        double tail = FloatVectors.Dot(x + 1, x + 1, n - 1), alpha = x[0];
        v[0] = 1;
        if (tail == 0)
        {
            new Span<float>(v + 1, n - 1).Clear();
            return 0;
        }

        double beta = -Math.CopySign(Math.Sqrt(alpha * alpha + tail), alpha), inverse = 1 / (alpha - beta);
        for (int i = 1; i < n; i++)
        {
            v[i] = (float)(x[i] * inverse);
            x[i] = 0;
        }

        x[0] = (float)beta;

        // tau from the reflector as stored in float32, so that I − tau v vᵀ is orthogonal for this very v
        return 2 / (1 + FloatVectors.Dot(v + 1, v + 1, n - 1));
    }

    // T upper triangular with H_first … H_last = I − V T Vᵀ
    private static void FormTriangle(in Workspace w, int first, int count, float* t)
    {
        double* column = stackalloc double[Panel];
        for (int j = 0; j < count; j++)
        {
            float* v = w.Reflectors + (long)(first + j) * w.M;
            double tau = w.Tau[first + j];
            for (int i = 0; i < j; i++)
            {
                column[i] = -tau * FloatVectors.Dot(w.Reflectors + (long)(first + i) * w.M + first + j, v + first + j, w.M - first - j);
            }

            for (int i = 0; i < Panel; i++)
            {
                double sum = i == j ? tau : 0;
                for (int k = i; k < j; k++)
                {
                    sum += t[i * Panel + k] * column[k];
                }

                t[i * Panel + j] = i <= j ? (float)sum : 0;
            }
        }
    }

    // rows of block (columns of the matrix) ← rows − ((rows V) T) Vᵀ, restricted to the entries at and below the panel's first row
    private static void ApplyBlock(in Workspace w, int first, int count, in MatrixView t, float* block, int columns)
    {
        int length = w.M - first;
        var target = new MatrixView(block + first, columns, length, w.M, 1);
        var v = new MatrixView(w.Reflectors + (long)first * w.M + first, count, length, w.M, 1);
        Products.Multiply(target, v.Transposed, w.Product, Panel, w.Splitter);
        Products.Multiply(new MatrixView(w.Product, columns, count, Panel, 1), t, w.Product2, Panel, w.Splitter);
        Products.Multiply(new MatrixView(w.Product2, columns, count, Panel, 1), v, block + first, w.M, w.Splitter, -1, 1);
    }

    private static void FormQ(in Workspace w)
    {
        new Span<float>(w.QColumns, checked(w.K * w.M)).Clear();
        for (int j = 0; j < w.K; j++)
        {
            w.QColumns[(long)j * w.M + j] = 1;
        }

        int panels = (w.K + Panel - 1) / Panel;
        for (int panel = panels - 1; panel >= 0; panel--)
        {
            int first = panel * Panel, count = Math.Min(Panel, w.K - first);
            float* t = w.Triangles + (long)panel * Panel * Panel;

            // Q ← H Q = Q − V T Vᵀ Q, as rows: Qᵀ ← Qᵀ − (Qᵀ V) Tᵀ Vᵀ; columns before the panel are still unit vectors that H leaves alone
            ApplyBlock(w, first, count, new MatrixView(t, count, count, 1, Panel), w.QColumns + (long)first * w.M, w.K - first);
        }
    }

    private static void WriteR(in Workspace w, float* r, int exponent)
    {
        for (int i = 0; i < w.K; i++)
        {
            for (int j = 0; j < w.N; j++)
            {
                r[(long)i * w.N + j] = j < i ? 0 : MathF.ScaleB(w.Columns[(long)j * w.M + i], exponent);
            }
        }
    }

    private static void Transpose(float* source, int rows, int columns, float* target)
    {
        const int Tile = 16;
        for (int i0 = 0; i0 < rows; i0 += Tile)
        {
            for (int j0 = 0; j0 < columns; j0 += Tile)
            {
                for (int j = j0; j < Math.Min(columns, j0 + Tile); j++)
                {
                    for (int i = i0; i < Math.Min(rows, i0 + Tile); i++)
                    {
                        target[(long)j * rows + i] = source[(long)i * columns + j];
                    }
                }
            }
        }
    }

    private readonly struct Workspace
    {
        internal readonly int M, N, K;
        internal readonly float* Columns, Reflectors, QColumns, Triangles, Product, Product2;
        internal readonly double* Tau;
        internal readonly WorkSplitter Splitter;

        internal Workspace(ref Scratch pieces, int m, int n, WorkSplitter? splitter)
        {
            Splitter = splitter ?? Products.Serial;
            M = m;
            N = n;
            K = Math.Min(m, n);
            int panels = (K + Panel - 1) / Panel;
            Columns = pieces.Floats((long)m * n);
            Reflectors = pieces.Floats((long)m * K);
            QColumns = pieces.Floats((long)m * K);
            Triangles = pieces.Floats((long)panels * Panel * Panel);
            Product = pieces.Floats((long)n * Panel);
            Product2 = pieces.Floats((long)n * Panel);
            Tau = pieces.Doubles(K);
        }
    }
}
