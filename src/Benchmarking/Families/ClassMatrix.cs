using System.Collections.Concurrent;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Engram.Data;
using Engram.Kernels.LinearAlgebra;

namespace Engram.Benchmarking.Families;

/// <summary>
/// Images of one class as the rows of a matrix: what a generator is fitted to. From MNIST and Fashion-MNIST where ENGRAM_DATA names a folder that has them, from the
/// built-in digits elsewhere; names say which.
/// </summary>
internal sealed class ClassMatrix
{
    private const int Digits = 12_000;

    private static readonly ConcurrentDictionary<string, ImageSet> Sets = new();
    private static readonly ConcurrentDictionary<string, ClassMatrix> Made = new();

    private readonly Lazy<double[]> _spectrum;

    private ClassMatrix(float[] rows, int features)
    {
        (Rows, Features) = (rows, features);
        _spectrum = new(FindSpectrum);
    }

    /// <summary>Pixels as numbers from 0 to 1, [count, features].</summary>
    public float[] Rows { get; }

    /// <summary>Pixels of an image.</summary>
    public int Features { get; }

    /// <summary>Images.</summary>
    public int Count => Rows.Length / Features;

    /// <summary>Sum of all squares.</summary>
    public double Energy => _spectrum.Value.Sum(s => s * s);

    /// <summary>Names of the data sets that are there: mnist and fashion-mnist, or digits.</summary>
    public static IReadOnlyList<string> DataSets { get; } = Folder() is { } folder && new[] { "mnist", "fashion-mnist" }.Where(folder.Contains).ToArray() is { Length: > 0 } found ? found : ["digits"];

    /// <summary>The first images of a class.</summary>
    /// <param name="dataSet">One of <see cref="DataSets"/>.</param>
    /// <param name="label">The class.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="InvalidOperationException">The class has fewer.</exception>
    public static ClassMatrix Of(string dataSet, int label, int count) => Made.GetOrAdd(FormattableString.Invariant($"{dataSet} {label} {count}"), _ =>
    {
        ImageSet images = Sets.GetOrAdd(dataSet, name => name == "digits"
            ? SyntheticDigits.Create(new SyntheticDigitsOptions { Train = Digits, Test = 10 }).Train
            : Folder()!.Load(name, firstTest: 10).Train);
        int[] indices = images.IndicesOf(label);
        if (indices.Length < count)
            throw new InvalidOperationException($"{dataSet}: class {label} has {indices.Length} images, {count} were asked for");
        float[] rows = new float[count * images.PixelCount];
        images.CopyTo(indices.AsSpan(0, count), rows);
        return new ClassMatrix(rows, images.PixelCount);
    });

    /// <summary>Singular values, all of them, descending.</summary>
    public ReadOnlySpan<double> Spectrum => _spectrum.Value;

    /// <summary>Least relative Frobenius error that a rank can have.</summary>
    public double OptimalError(int rank) => Math.Sqrt(_spectrum.Value.Skip(rank).Sum(s => s * s) / Energy);

    /// <summary>A temporary file that holds matrices one after the other as raw floats, for a Python child.</summary>
    /// <param name="matrices">What it holds.</param>
    public static TemporaryFile Save(params ReadOnlySpan<float[]> matrices)
    {
        TemporaryFile file = new();
        using FileStream stream = File.OpenWrite(file.Path);
        foreach (float[] matrix in matrices)
            stream.Write(MemoryMarshal.AsBytes<float>(matrix));
        return file;
    }

    private static DatasetFolder? Folder() => Environment.GetEnvironmentVariable("ENGRAM_DATA") is { Length: > 0 } path ? new DatasetFolder(path) : null;

    // roots of the eigenvalues of the Gram matrix of the features, summed in double precision
    private unsafe double[] FindSpectrum()
    {
        int n = Features, count = Count;
        double[] columns = new double[n * count], gram = new double[n * n], values = new double[n];
        for (int i = 0; i < Rows.Length; i++)
            columns[i % n * count + i / n] = Rows[i];
        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
                gram[i * n + j] = TensorPrimitives.Dot<double>(columns.AsSpan(i * count, count), columns.AsSpan(j * count, count));
        }

        fixed (double* g = gram, e = values)
            SymmetricEigen.Decompose(g, n, 0, e, null, new double[SymmetricEigen.ScratchLength(n)]);
        return [.. values.Select(value => Math.Sqrt(Math.Max(0, value)))];
    }

    /// <summary>A file that is deleted with its workspace.</summary>
    internal sealed class TemporaryFile : IDisposable
    {
        /// <summary>Where it is; the name has no spaces.</summary>
        public string Path { get; } = System.IO.Path.GetTempFileName();

        /// <inheritdoc/>
        public void Dispose() => File.Delete(Path);
    }
}
