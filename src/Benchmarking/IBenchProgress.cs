using Engram.Results;

namespace Engram.Benchmarking;

/// <summary>Hears of a run while it goes.</summary>
public interface IBenchProgress
{
    /// <summary>The roof of a thread count was measured; its rows follow.</summary>
    void Roof(BenchRoof roof);

    /// <summary>A workload was timed.</summary>
    void Row(BenchRow row);

    /// <summary>A workload has no number.</summary>
    void Failure(BenchFailure failure);

    /// <summary>A remark: a peer is not installed.</summary>
    void Note(string note);
}
