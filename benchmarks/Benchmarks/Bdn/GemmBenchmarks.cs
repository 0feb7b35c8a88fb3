using BenchmarkDotNet.Attributes;
using Engram.Benchmarking.Families;
using MathNet.Numerics.LinearAlgebra;

namespace Engram.Benchmarks.Bdn;

/// <summary>Matrix products; OpenBLAS and oneDNN by P/Invoke, MathNet's managed provider.</summary>
public class GemmBenchmarks : FamilyBenchmarks
{
    private Action _reference = () => { }, _naive = () => { }, _openBlas = () => { }, _oneDnn = () => { }, _mathNet = () => { };

    /// <inheritdoc/>
    protected override IWorkloadFamily Family => new GemmFamily();

    /// <summary>The double-precision twin.</summary>
    [Benchmark]
    public void Reference() => _reference();

    /// <summary>Three loops.</summary>
    [Benchmark]
    public void Naive() => _naive();

    /// <summary>OpenBLAS.</summary>
    [Benchmark]
    public void OpenBlas() => _openBlas();

    /// <summary>oneDNN.</summary>
    [Benchmark]
    public void OneDnn() => _oneDnn();

    /// <summary>MathNet.Numerics, managed.</summary>
    [Benchmark]
    public void MathNet() => _mathNet();

    /// <inheritdoc/>
    protected override void Joined()
    {
        (_reference, _naive, _openBlas, _oneDnn) = (Find("reference"), Find("naive"), Find("OpenBLAS"), Find("oneDNN"));
        GemmShape shape = GemmShape.All.Single(one => one.Name == Workload);
        _mathNet = shape.Batch > 1 ? () => throw new InvalidOperationException("MathNet has no batched product") : MathNetProduct(shape);
    }

    // MathNet keeps its own column-major memory; the operands are those of the workload, and its result is checked like all others
    private Action MathNetProduct(GemmShape s)
    {
        float[] a = Operand(1, s.M * s.K), b = Operand(2, s.K * s.N);
        Matrix<float> left = s.TransA ? Matrix<float>.Build.DenseOfRowMajor(s.K, s.M, a) : Matrix<float>.Build.DenseOfRowMajor(s.M, s.K, a);
        Matrix<float> right = s.TransB ? Matrix<float>.Build.DenseOfRowMajor(s.N, s.K, b) : Matrix<float>.Build.DenseOfRowMajor(s.K, s.N, b);
        Matrix<float> result = Matrix<float>.Build.Dense(s.M, s.N);
        Action product = (s.TransA, s.TransB) switch
        {
            (false, false) => () => left.Multiply(right, result),
            (false, true) => () => left.TransposeAndMultiply(right, result),
            (true, false) => () => left.TransposeThisAndMultiply(right, result),
            _ => () => left.Transpose().TransposeAndMultiply(right, result),
        };
        bool isRight = Verify("MathNet", () =>
        {
            product();
            result.ToRowMajorArray().CopyTo(Prepared.Outputs[0].HostSpan);
        }) is null;
        return isRight ? product : () => throw new InvalidOperationException("MathNet's product is wrong");
    }

    // the numbers that Workspace.Uniform draws
    private static float[] Operand(int seed, int count)
    {
        Random random = new(seed);
        float[] elements = new float[count];
        for (int i = 0; i < count; i++)
            elements[i] = random.NextSingle() * 2 - 1;
        return elements;
    }
}
