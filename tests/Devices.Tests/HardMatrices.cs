using Engram.Kernels;

namespace Engram.Devices.Tests;

/// <summary>Matrices that are hard to decompose in single precision, from a kind, a shape and a seed.</summary>
internal static class HardMatrices
{
    public static readonly string[] Kinds = ["random", "low rank", "duplicated columns", "duplicated rows", "zero columns", "one entry", "zero", "scaled columns", "scaled rows", "graded spectrum", "dominant direction"];

    /// <summary>A matrix [m, n], row-major.</summary>
    public static float[] Make(string kind, int m, int n, int seed)
    {
        float[] x = OnDevice.Numbers(m * n, seed);
        int few = 1 + (seed % 3);
        return kind switch
        {
            "random" => x,
            "low rank" => Fill(m, n, (i, j) => Enumerable.Range(0, few).Sum(k => x[(i * n) + (k % n)] * x[(k % m * n) + j])),
            "duplicated columns" => Fill(m, n, (i, j) => x[(i * n) + (j % few)]),
            "duplicated rows" => Fill(m, n, (i, j) => x[(i % few * n) + j]),
            "zero columns" => Fill(m, n, (i, j) => j % (few + 1) == 0 ? x[(i * n) + j] : 0f),
            "one entry" => Fill(m, n, (i, j) => i == seed % m && j == seed % n ? -3f : 0f),
            "zero" => new float[m * n],
            "scaled columns" => Fill(m, n, (i, j) => x[(i * n) + j] * Power(j, n, seed)),
            "scaled rows" => Fill(m, n, (i, j) => x[(i * n) + j] * Power(i, m, seed)),
            "graded spectrum" => OfSpectrum(m, n, seed, k => Math.Pow(10, -1.2 * k)),
            "dominant direction" => OfSpectrum(m, n, seed, k => k == 0 ? 1 : 2e-7),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    // 1e-8 … 1e8 in another order for every seed
    private static float Power(int place, int count, int seed)
    {
        int turned = (place + seed) % count;
        return (float)Math.Pow(10, count == 1 ? 8 : 8 - (16.0 * turned / (count - 1)));
    }

    // U·diag(σ₀, σ₁, …)·Vᵀ with random orthonormal vectors
    private static float[] OfSpectrum(int m, int n, int seed, Func<int, double> sigma)
    {
        int small = Math.Min(m, n);
        double[][] left = Orthonormal(small, m, seed), right = Orthonormal(small, n, seed + 1);
        return Fill(m, n, (i, j) => (float)Enumerable.Range(0, small).Sum(k => left[k][i] * sigma(k) * right[k][j]));
    }

    private static float[] Fill(int m, int n, Func<int, int, float> entry) => [.. Enumerable.Range(0, m * n).Select(e => entry(e / n, e % n))];

    /// <summary>Orthonormal rows [count, length] in double precision.</summary>
    public static double[][] Orthonormal(int count, int length, int seed)
    {
        float[] draws = OnDevice.Numbers(count * length, seed);
        double[][] rows = [.. Enumerable.Range(0, count).Select(k => draws[(k * length)..((k + 1) * length)].Select(x => (double)x).ToArray())];
        for (int twice = 0; twice < 2; twice++)
        {
            for (int k = 0; k < count; k++)
            {
                for (int l = 0; l < k; l++)
                {
                    double dot = rows[k].Zip(rows[l], (x, y) => x * y).Sum();
                    rows[k] = [.. rows[k].Zip(rows[l], (x, y) => x - (dot * y))];
                }

                double norm = Math.Sqrt(rows[k].Sum(x => x * x));
                rows[k] = [.. rows[k].Select(x => x / norm)];
            }
        }

        return rows;
    }
}
