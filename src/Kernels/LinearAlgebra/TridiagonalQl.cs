using System.Runtime.Intrinsics;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by implicit QL with Wilkinson's shift. Rotations are recorded and
/// applied to the eigenvectors in batches: the matrix of eigenvectors lies in strips of 32 columns ([strip][row][32]), a strip stays in
/// the second-level cache while a whole batch passes over it, and a sweep carries its running row in registers.
/// </summary>
internal unsafe ref struct TridiagonalQl
{
    private const int Strip = 32, Batch = 4096, SweepsPerValue = 60;
    private readonly double* _diagonal;
    private readonly double* _off;
    private readonly int _n;
    private readonly bool _withVectors;
    private readonly double* _strips;
    private readonly double* _cosines;
    private readonly double* _sines;

    // sweeps recorded: first row of the sweep (it runs downwards), number of rotations
    private readonly int* _tops;
    private readonly int* _lengths;
    private int _rotations;
    private int _sweeps;

    internal TridiagonalQl(double* diagonal, double* off, int n, double* scratch, bool withVectors)
    {
        _diagonal = diagonal;
        _off = off;
        _n = n;
        _withVectors = withVectors;
        int capacity = Capacity(n);
        _cosines = scratch;
        _sines = scratch + capacity;
        _tops = (int*)(scratch + 2L * capacity);
        _lengths = _tops + capacity;
        _strips = scratch + 3L * capacity;
    }

    internal static long ScratchDoubles(int n) => 3L * Capacity(n) + (long)Strips(n) * Strip * n;

    internal EigenStatus Run()
    {
        double* d = _diagonal, e = _off;
        double norm = 0;
        for (int i = 0; i < _n; i++)
        {
            norm = Math.Max(norm, Math.Abs(d[i]) + Math.Abs(i + 1 < _n ? e[i] : 0));
        }

        if (_withVectors)
        {
            new Span<double>(_strips, Strips(_n) * Strip * _n).Clear();
            for (int i = 0; i < _n; i++)
            {
                Row(i / Strip, i)[i % Strip] = 1;
            }
        }

        const double epsilon = 1.1102230246251565e-16;
        int sweeps = 0;
        double worst = 0;
        for (int l = 0; l < _n; l++)
        {
            for (int tries = 0; ; tries++)
            {
                int m = l;
                while (m < _n - 1 && Math.Abs(e[m]) > epsilon * Math.Max(Math.Abs(d[m]) + Math.Abs(d[m + 1]), 0.25 * norm))
                {
                    m++;
                }

                if (m == l)
                {
                    break;
                }

                if (tries == SweepsPerValue)
                {
                    worst = Math.Max(worst, Math.Abs(e[l]));
                    break;
                }

                sweeps++;
                Sweep(l, m);
            }
        }

        Flush();
        return new EigenStatus(worst == 0, sweeps, norm == 0 ? 0 : worst / norm);
    }

    /// <summary>Copies eigenvector <paramref name="index"/> [n] out of the strips.</summary>
    internal readonly void CopyVector(int index, double* target)
    {
        for (int column = 0; column < _n; column += Strip)
        {
            int width = Math.Min(Strip, _n - column);
            new Span<double>(Row(column / Strip, index), width).CopyTo(new Span<double>(target + column, width));
        }
    }

    private static int Capacity(int n) => Batch + n;

    private static int Strips(int n) => (n + Strip - 1) / Strip;

    private readonly double* Row(int strip, int row) => _strips + ((long)strip * _n + row) * Strip;

    private void Sweep(int l, int m)
    {
        double* d = _diagonal, e = _off;
        double g = (d[l + 1] - d[l]) / (2 * e[l]), r = Hypotenuse(g, 1);
        g = d[m] - d[l] + e[l] / (g + Math.CopySign(r, g));
        double s = 1, c = 1, p = 0;
        int start = _rotations, i = m - 1;
        for (; i >= l; i--)
        {
            double f = s * e[i], b = c * e[i];
            r = Hypotenuse(f, g);
            e[i + 1] = i + 1 < m ? r : 0;
            if (r == 0)
            {
                // the bulge vanished on the way: the block has split at i + 1
                d[i + 1] -= p;
                break;
            }

            s = f / r;
            c = g / r;
            g = d[i + 1] - p;
            r = (d[i] - g) * s + 2 * c * b;
            p = s * r;
            d[i + 1] = g + p;
            g = c * r - b;
            if (_withVectors)
            {
                _cosines[_rotations] = c;
                _sines[_rotations++] = s;
            }
        }

        if (i < l)
        {
            d[l] -= p;
            e[l] = g;
        }

        if (_withVectors && _rotations > start)
        {
            _tops[_sweeps] = m;
            _lengths[_sweeps++] = _rotations - start;
            if (_rotations >= Batch)
            {
                Flush();
            }
        }
    }

    // squares of entries that come from float32 data neither overflow nor vanish unless the entry itself is negligible
    private static double Hypotenuse(double a, double b)
    {
        double sum = a * a + b * b;
        return sum is > 1e-280 and < 1e300 ? Math.Sqrt(sum) : double.Hypot(a, b);
    }

    private void Flush()
    {
        for (int strip = 0; strip < Strips(_n) && _rotations > 0; strip++)
        {
            double* c = _cosines, s = _sines;
            for (int sweep = 0; sweep < _sweeps; sweep++)
            {
                double* top = Row(strip, _tops[sweep]);
                if (Vector512.IsHardwareAccelerated)
                {
                    Apply512(top, c, s, _lengths[sweep]);
                }
                else
                {
                    Apply256(top, c, s, _lengths[sweep]);
                    Apply256(top + Strip / 2, c, s, _lengths[sweep]);
                }

                c += _lengths[sweep];
                s += _lengths[sweep];
            }
        }

        _rotations = 0;
        _sweeps = 0;
    }

    private static void Apply512(double* row, double* c, double* s, int count)
    {
        Vector512<double> x0 = Vector512.Load(row), x1 = Vector512.Load(row + 8), x2 = Vector512.Load(row + 16), x3 = Vector512.Load(row + 24);
        for (int t = 0; t < count; t++, row -= Strip)
        {
            Vector512<double> vc = Vector512.Create(c[t]), vs = Vector512.Create(s[t]);
            Vector512<double> y0 = Vector512.Load(row - Strip), y1 = Vector512.Load(row - Strip + 8);
            Vector512<double> y2 = Vector512.Load(row - Strip + 16), y3 = Vector512.Load(row - Strip + 24);
            Vector512.FusedMultiplyAdd(vc, x0, vs * y0).Store(row);
            Vector512.FusedMultiplyAdd(vc, x1, vs * y1).Store(row + 8);
            Vector512.FusedMultiplyAdd(vc, x2, vs * y2).Store(row + 16);
            Vector512.FusedMultiplyAdd(vc, x3, vs * y3).Store(row + 24);
            x0 = Vector512.FusedMultiplyAdd(vc, y0, -(vs * x0));
            x1 = Vector512.FusedMultiplyAdd(vc, y1, -(vs * x1));
            x2 = Vector512.FusedMultiplyAdd(vc, y2, -(vs * x2));
            x3 = Vector512.FusedMultiplyAdd(vc, y3, -(vs * x3));
        }

        x0.Store(row);
        x1.Store(row + 8);
        x2.Store(row + 16);
        x3.Store(row + 24);
    }

    private static void Apply256(double* row, double* c, double* s, int count)
    {
        Vector256<double> x0 = Vector256.Load(row), x1 = Vector256.Load(row + 4), x2 = Vector256.Load(row + 8), x3 = Vector256.Load(row + 12);
        for (int t = 0; t < count; t++, row -= Strip)
        {
            Vector256<double> vc = Vector256.Create(c[t]), vs = Vector256.Create(s[t]);
            Vector256<double> y0 = Vector256.Load(row - Strip), y1 = Vector256.Load(row - Strip + 4);
            Vector256<double> y2 = Vector256.Load(row - Strip + 8), y3 = Vector256.Load(row - Strip + 12);
            Vector256.FusedMultiplyAdd(vc, x0, vs * y0).Store(row);
            Vector256.FusedMultiplyAdd(vc, x1, vs * y1).Store(row + 4);
            Vector256.FusedMultiplyAdd(vc, x2, vs * y2).Store(row + 8);
            Vector256.FusedMultiplyAdd(vc, x3, vs * y3).Store(row + 12);
            x0 = Vector256.FusedMultiplyAdd(vc, y0, -(vs * x0));
            x1 = Vector256.FusedMultiplyAdd(vc, y1, -(vs * x1));
            x2 = Vector256.FusedMultiplyAdd(vc, y2, -(vs * x2));
            x3 = Vector256.FusedMultiplyAdd(vc, y3, -(vs * x3));
        }

        x0.Store(row);
        x1.Store(row + 4);
        x2.Store(row + 8);
        x3.Store(row + 12);
    }
}
