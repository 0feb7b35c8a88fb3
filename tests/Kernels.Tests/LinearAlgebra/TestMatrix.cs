using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.LinearAlgebra.Reference;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests.LinearAlgebra;

/// <summary>A matrix drawn for a property: shape, spectrum, power of ten, seed. Prints as itself when a property fails.</summary>
public sealed record MatrixCase(int Rows, int Columns, string Kind, int Exponent, int Seed)
{
    private static readonly string[] Kinds = ["gaussian", "flat", "geometric", "clustered", "spike", "deficient", "repeated", "sparse", "zero"];

    private static bool Tiny => Environment.GetEnvironmentVariable("ENGRAM_TINY") == "1";

    internal static int Size(int normal, int tiny) => Tiny ? tiny : normal;

    /// <summary>Checks a property on drawn cases whose sides go up to <paramref name="largest"/>.</summary>
    internal static void ForAll(int largest, int tests, Func<MatrixCase, bool> property)
    {
        int side = Size(largest, 6);
        Gen<MatrixCase> cases =
            from rows in Gen.Choose(1, side)
            from columns in Gen.Choose(1, side)
            from kind in Gen.Elements(Kinds)
            from exponent in Gen.Elements(-30, -8, 0, 0, 0, 8, 30)
            from seed in Gen.Choose(0, 1 << 20)
            select new MatrixCase(rows, columns, kind, exponent, seed);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Size(tests, 12)), Prop.ForAll(cases.ToArbitrary(), property));
    }

    /// <summary>The true rank by construction (before rounding to float32).</summary>
    internal int Rank => Kind switch
    {
        "zero" => 0,
        "deficient" => Math.Max(1, Math.Min(Rows, Columns) / 3),
        "repeated" => Math.Min(Rows, Math.Min(2, Columns)),
        _ => Math.Min(Rows, Columns),
    };

    internal float[] Build()
    {
        var random = new Random(Seed);
        int k = Math.Min(Rows, Columns);
        double[,] a = Kind switch
        {
            "zero" => new double[Rows, Columns],
            "gaussian" => TestMatrix.Gaussian(random, Rows, Columns),
            "sparse" => Sparse(random),
            "repeated" => Repeated(random),
            "flat" => Spectral(random, _ => 1),
            "geometric" => Spectral(random, i => Math.Pow(10, -6.0 * i / Math.Max(1, k - 1))),
            "clustered" => Spectral(random, i => i < (k + 1) / 2 ? 1 + 1e-6 * i : 0.1),
            "spike" => Spectral(random, i => i == 0 ? 1000 : 1),
            "deficient" => ReferenceMatrix.Multiply(TestMatrix.Gaussian(random, Rows, Rank), TestMatrix.Gaussian(random, Rank, Columns)),
            _ => throw new InvalidOperationException(Kind),
        };
        double scale = Math.Pow(10, Exponent);
        var values = new float[Rows * Columns];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(a[i / Columns, i % Columns] * scale);
        }

        return values;
    }

    private double[,] Sparse(Random random)
    {
        double[,] a = TestMatrix.Gaussian(random, Rows, Columns);
        for (int i = 0; i < a.Length; i++)
        {
            a[i / Columns, i % Columns] *= random.Next(10) == 0 ? 1 : 0;
        }

        return a;
    }

    private double[,] Repeated(Random random)
    {
        double[,] a = TestMatrix.Gaussian(random, Rows, Columns);
        for (int i = 0; i < a.Length; i++)
        {
            a[i / Columns, i % Columns] = a[i / Columns, i % Columns % 2];
        }

        return a;
    }

    private double[,] Spectral(Random random, Func<int, double> sigma)
    {
        int k = Math.Min(Rows, Columns);
        double[,] left = ReferenceQr.Factor(TestMatrix.Gaussian(random, Rows, k)).Q, right = ReferenceQr.Factor(TestMatrix.Gaussian(random, Columns, k)).Q;
        for (int i = 0; i < left.Length; i++)
        {
            left[i / k, i % k] *= sigma(i % k);
        }

        return ReferenceMatrix.Multiply(left, ReferenceMatrix.Transpose(right));
    }
}

/// <summary>Conversions and scale-aware measures shared by the linear algebra tests.</summary>
internal static unsafe class TestMatrix
{
    internal const double FloatEpsilon = 1.1920928955078125e-7;

    /// <summary>c · eps · sqrt(8 · max(m, n)): multiply by ‖A‖.</summary>
    internal static double Tolerance(int m, int n, double c = 2, double epsilon = FloatEpsilon) => c * epsilon * Math.Sqrt(8.0 * Math.Max(m, n));

    internal static double[,] Gaussian(Random random, int rows, int columns)
    {
        var a = new double[rows, columns];
        for (int i = 0; i < a.Length; i++)
        {
            a[i / columns, i % columns] = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        }

        return a;
    }

    internal static double[,] Wide(ReadOnlySpan<float> values, int rows, int columns)
    {
        var a = new double[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                a[i, j] = values[i * columns + j];
            }
        }

        return a;
    }

    /// <summary>‖QᵀQ − I‖_F over the first <paramref name="count"/> columns.</summary>
    internal static double Skewness(double[,] q, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < count; j++)
            {
                double dot = i == j ? -1 : 0;
                for (int k = 0; k < q.GetLength(0); k++)
                {
                    dot += q[k, i] * q[k, j];
                }

                sum += dot * dot;
            }
        }

        return Math.Sqrt(sum);
    }

    /// <summary>Singular values by MathNet; brought to norm 1 first, because its managed SVD compares with absolute thresholds.</summary>
    internal static double[] SingularValues(double[,] a)
    {
        double norm = ReferenceMatrix.Norm(a);
        var unit = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseOfArray(a);
        return norm == 0 ? new double[Math.Min(a.GetLength(0), a.GetLength(1))] : (unit / norm).Svd(false).S.Select(x => x * norm).ToArray();
    }

    internal static double[,] Scaled(double[,] u, ReadOnlySpan<float> s)
    {
        var c = (double[,])u.Clone();
        for (int i = 0; i < u.GetLength(0); i++)
        {
            for (int j = 0; j < u.GetLength(1); j++)
            {
                c[i, j] *= s[j];
            }
        }

        return c;
    }
}
