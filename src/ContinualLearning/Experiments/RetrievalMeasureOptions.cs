namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// What is measured of retrieved sets while training, for methods whose steps join replayed rows to the batch. Extras of a result: <c>retrievedInnerDistance</c>
/// (mean distance between the features of two replayed rows, brought to length 1) and <c>retrievedProxyDistance</c> (mean of 1 − cos between a replayed row's features
/// and its class's proxy), each beside <c>random…</c> of as many rows drawn from the memory at random; <c>gradientCosine</c> and <c>gradientAngle</c> (degrees) between
/// the gradients of the incoming batch and of the replayed rows, and <c>gradientConflict</c>, the share of measured steps at which they point apart.
/// </summary>
public sealed record RetrievalMeasureOptions
{
    /// <summary>Every so many steps one is measured.</summary>
    public int Every { get; set; } = 50;

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (Every is < 1 or > 1_000_000)
            yield return $"evaluation.retrieval.every: expected 1 to 1000000 steps, got {Every}";
    }
}
