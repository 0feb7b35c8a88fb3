using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;

namespace Engram.ContinualLearning;

/// <summary>Fits dictionaries of patches and the <see cref="PatchSvdGenerator"/>s on them.</summary>
internal static class PatchSvdFitter
{
    /// <summary>The leading directions of all patches of images, not centred, as rows [r, patch]; r is the wanted rank or what the patches span.</summary>
    /// <param name="grid">Where patches lie.</param>
    /// <param name="classes">Images as rows [n, features], a block per class.</param>
    /// <param name="rank">Directions wanted.</param>
    public static unsafe float[] Directions(PatchGrid grid, IEnumerable<float[]> classes, int rank)
    {
        int length = grid.PatchLength;
        var gram = new double[length * length];
        var patch = new float[length];
        foreach (float[] images in classes)
        {
            for (int start = 0; start < images.Length; start += grid.Shape.Features)
            {
                for (int i = 0; i < grid.Count; i++)
                {
                    grid.Extract(images.AsSpan(start, grid.Shape.Features), i, patch);
                    for (int j = 0; j < length; j++)
                    {
                        if (patch[j] == 0)
                            continue;
                        for (int l = j; l < length; l++)
                            gram[j * length + l] += (double)patch[j] * patch[l];
                    }
                }
            }
        }

        int wanted = Math.Min(rank, length);
        var values = new double[length];
        var vectors = new double[wanted * length];
        fixed (double* a = gram, w = values, v = vectors)
            SymmetricEigen.Decompose(a, length, wanted, w, v, new double[SymmetricEigen.ScratchLength(length)]);
        int kept = 1; // black images keep one direction
        while (kept < wanted && values[kept] > 1e-12 * values[0])
            kept++;
        return [.. vectors.Take(kept * length).Select(value => (float)value)];
    }

    /// <summary>Fits one class.</summary>
    /// <param name="device">Where the decomposition of the coefficients runs.</param>
    /// <param name="grid">Where patches lie.</param>
    /// <param name="directions">The dictionary before packing [r, patch].</param>
    /// <param name="dictionary">The dictionary as stored.</param>
    /// <param name="images">Images as rows [n, features], at least one.</param>
    /// <param name="task">Number of the task.</param>
    /// <param name="label">The class.</param>
    /// <param name="options">What is stored, and how.</param>
    /// <param name="jointRank">Joint directions wanted.</param>
    /// <param name="seed">Seed of the randomized decomposition.</param>
    public static PatchSvdGenerator Fit(
        Device device, PatchGrid grid, float[] directions, PackedRows dictionary, float[] images, int task, int label, PatchSvdGeneratorOptions options, int jointRank, ulong seed)
    {
        int r = dictionary.Rows, count = grid.Count * r, n = images.Length / grid.Shape.Features;
        float[] z = Coefficients(grid, directions, r, images);
        var mean = new double[count];
        for (int i = 0; i < z.Length; i++)
            mean[i % count] += z[i] / (double)n;
        var centred = new float[z.Length];
        for (int i = 0; i < z.Length; i++)
            centred[i] = (float)(z[i] - mean[i % count]);
        var fit = new GeneratorFit(task, label, n, r);
        float[] stored = [.. mean.Select(value => (float)value)];
        if (options.Covariance == PatchCovariance.Position)
            return new PatchSvdGenerator(fit, grid, dictionary, stored, PackedRows.Pack(Factors(centred, n, count, r), count, r, options.Payload), [], joint: false);
        float[] joint = Joint(device, centred, n, count, jointRank, seed);
        var spread = PackedRows.Pack(joint, jointRank, count, options.Payload);
        return new PatchSvdGenerator(fit, grid, dictionary, stored, spread, options.Residual ? Left(centred, joint, n, count, jointRank) : [], joint: true);
    }

    // z = D·patch of every patch of every image [n, N·r]
    private static float[] Coefficients(PatchGrid grid, float[] directions, int r, float[] images)
    {
        int n = images.Length / grid.Shape.Features, length = grid.PatchLength;
        var z = new float[checked(n * grid.Count * r)];
        var patch = new float[length];
        for (int i = 0; i < n * grid.Count; i++)
        {
            grid.Extract(images.AsSpan(i / grid.Count * grid.Shape.Features, grid.Shape.Features), i % grid.Count, patch);
            for (int k = 0; k < r; k++)
            {
                double sum = 0;
                for (int j = 0; j < length; j++)
                    sum += (double)directions[k * length + j] * patch[j];
                z[i * r + k] = (float)sum;
            }
        }

        return z;
    }

    // directions of the centred coefficients, each scaled to its deviation: rows [g, N·r], zeros where the images span fewer
    private static float[] Joint(Device device, float[] centred, int n, int count, int jointRank, ulong seed)
    {
        var rows = new float[jointRank * count];
        int wanted = Math.Min(jointRank, Math.Min(n, count));
        if (n < 2 || wanted == 0)
            return rows;
        using Tensor x = Tensor.From(device, centred, n, count), left = Tensor.Uninitialized(device, count, wanted), values = Tensor.Uninitialized(device, wanted);
        SvdStatus status = device.TruncatedSvd(x.T.View, new RandomizedSvdOptions(wanted) { Seed = seed }, left.View, values.View, null);
        float[] u = left.ToArray(), singular = values.ToArray();
        for (int g = 0; g < status.EffectiveRank; g++)
        {
            double scale = singular[g] / Math.Sqrt(n - 1.0);
            for (int j = 0; j < count; j++)
                rows[g * count + j] = (float)(scale * u[j * wanted + g]);
        }

        return rows;
    }

    // √(variance of a coefficient − what the joint directions explain of it)
    private static float[] Left(float[] centred, float[] joint, int n, int count, int jointRank)
    {
        var variance = new double[count];
        for (int i = 0; n > 1 && i < centred.Length; i++)
            variance[i % count] += (double)centred[i] * centred[i] / (n - 1);
        for (int i = 0; i < jointRank * count; i++)
            variance[i % count] -= (double)joint[i] * joint[i];
        return [.. variance.Select(value => (float)Math.Sqrt(Math.Max(0, value)))];
    }

    // transposed factors of every position's covariance: rows [N·r, r], √λ_k·v_kᵀ
    private static unsafe float[] Factors(float[] centred, int n, int count, int r)
    {
        var factors = new float[count * r];
        if (n < 2)
            return factors;
        double[] covariance = new double[r * r], values = new double[r], vectors = new double[r * r], scratch = new double[SymmetricEigen.ScratchLength(r)];
        for (int start = 0; start < count; start += r)
        {
            Array.Clear(covariance);
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < r; j++)
                {
                    for (int l = j; l < r; l++)
                        covariance[j * r + l] += (double)centred[i * count + start + j] * centred[i * count + start + l] / (n - 1);
                }
            }

            fixed (double* a = covariance, w = values, v = vectors)
                SymmetricEigen.Decompose(a, r, r, w, v, scratch);
            for (int k = 0; k < r; k++)
            {
                for (int j = 0; j < r; j++)
                    factors[(start + k) * r + j] = (float)(Math.Sqrt(Math.Max(0, values[k])) * vectors[k * r + j]);
            }
        }

        return factors;
    }
}
