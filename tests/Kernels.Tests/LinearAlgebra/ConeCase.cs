using Engram.Kernels.LinearAlgebra;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests.LinearAlgebra;

/// <summary>A gradient and references drawn for a property, in double precision. Prints as itself when a property fails.</summary>
public sealed record ConeCase(int Size, int Count, string Kind, int Exponent, int Seed)
{
    internal static readonly string[] Kinds = ["gaussian", "conflict", "sparse", "nearly parallel", "repeated", "zeros", "opposed"];

    internal static void ForAll(int most, int tests, Func<ConeCase, bool> property)
    {
        Gen<ConeCase> cases =
            from size in Gen.Choose(1, MatrixCase.Size(200, 12))
            from count in Gen.Choose(1, Math.Min(most, MatrixCase.Size(most, 6)))
            from kind in Gen.Elements(Kinds)
            from exponent in Gen.Elements(-8, -3, 0, 0, 3, 8)
            from seed in Gen.Choose(0, 1 << 20)
            select new ConeCase(size, count, kind, exponent, seed);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(MatrixCase.Size(tests, 20)), Prop.ForAll(cases.ToArbitrary(), property));
    }

    internal (double[] G, double[][] Rows) Build()
    {
        var random = new Random(Seed);
        double scale = Math.Pow(10, Exponent);
        double[] Draw() => [.. Enumerable.Range(0, Size).Select(_ => scale * TestMatrix.Gaussian(random, 1, 1)[0, 0])];
        double[] g = Draw();
        var rows = new double[Count][];
        for (int i = 0; i < Count; i++)
        {
            double[] row = Draw();
            rows[i] = Kind switch
            {
                "conflict" => Sum(row, g, -0.4),
                "sparse" => [.. row.Select(x => random.Next(6) == 0 ? x : 0)],
                "nearly parallel" when i > 0 => Sum(rows[0], row, 1e-4),
                "repeated" when i > 0 && random.Next(2) == 0 => (double[])rows[random.Next(i)].Clone(),
                "zeros" when random.Next(3) == 0 => new double[Size],
                "opposed" => [.. g.Select(x => -x * (1 + random.Next(3)))],
                _ => row,
            };
        }

        return (g, rows);
    }

    /// <summary>Projects through the Gram matrix, as the solver is used.</summary>
    internal static (double[] Z, double[] V, DualStatus Status) Project(double[] g, double[][] rows, DualSettings settings, double[]? strengths = null, double[]? warm = null)
    {
        int n = rows.Length;
        double[] gram = new double[n * n], b = new double[n], v = warm is null ? new double[n] : (double[])warm.Clone();
        for (int i = 0; i < n; i++)
        {
            b[i] = Dot(rows[i], g);
            for (int j = 0; j < n; j++)
                gram[i * n + j] = Dot(rows[i], rows[j]);
        }

        DualStatus status = new DualSolver().Solve(new DualProblem(gram, b, strengths, Norm(g)), settings, v);
        double[] z = (double[])g.Clone();
        for (int i = 0; i < n; i++)
            z = Sum(z, rows[i], v[i]);
        return (z, v, status);
    }

    internal static double[] Sum(double[] x, double[] y, double factor) => [.. x.Zip(y, (a, b) => a + factor * b)];

    internal static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();

    internal static double Norm(double[] x) => Math.Sqrt(Dot(x, x));

    internal static double Distance(double[] x, double[] y) => Norm(Sum(x, y, -1));
}
