using System.Runtime.InteropServices;

namespace Engram.Benchmarks;

/// <summary>A Python child that holds the same matrix and times scikit-learn's randomized_svd and torch.svd_lowrank, one call per request line.</summary>
internal sealed class SklearnPeer : IDisposable
{
    private readonly PythonPeer _child;
    private readonly string _file;

    internal SklearnPeer(float[] matrix, int rows, int columns, int threads, string? coreType, bool processorTime)
    {
        _file = Path.GetTempFileName();
        File.WriteAllBytes(_file, MemoryMarshal.AsBytes<float>(matrix).ToArray());
        _child = new PythonPeer("sklearn_svd.py", threads, coreType, _file, $"{rows}", $"{columns}", processorTime ? "cpu" : "wall");
    }

    /// <summary>One timed call: seconds, and the relative Frobenius error of its result.</summary>
    internal (double Seconds, double Error) Time(int rank, string iterations)
    {
        double[] answer = _child.Ask($"{rank} {iterations}");
        return (answer[0], answer[1]);
    }

    public void Dispose()
    {
        _child.Dispose();
        File.Delete(_file);
    }
}
