namespace Engram.Benchmarking;

/// <summary>A script that times itself on request.</summary>
internal sealed class PythonTiming : ContenderTiming
{
    // a child has slept since its last turn: its core, caches and branch predictors need longer than ours until they are as they were
    private const double SampleFactor = 5;

    private readonly PythonRequest _request;
    private readonly PythonPeer _script;
    private readonly PeerSet _peers;

    private PythonTiming(PythonRequest request, PythonPeer script, string version, PeerSet peers)
        : base(request.Name, request.Setting.Length > 0 ? $"{version}, {request.Setting}" : version) => (_request, _script, _peers) = (request, script, peers);

    /// <summary>The contenders, where requests can be served.</summary>
    public static IEnumerable<ContenderTiming> Of(IEnumerable<PythonRequest> requests, PeerSet? peers)
    {
        foreach (PythonRequest request in requests)
        {
            if (peers?.Python(request) is { } found)
                yield return new PythonTiming(request, found.Script, found.Version, peers);
        }
    }

    public override void Heat(BenchOptions options) => Ask(1, false);

    public override void ChooseRepeats(BenchOptions options) => Choose(Math.Min(Ask(1, false), Ask(1, false)), SampleFactor * options.SampleSeconds);

    public override double Sample(bool ownTime) => Ask(Repeats, ownTime);

    private double Ask(int repeats, bool ownTime)
    {
        try
        {
            return _script.Ask($"{_request.Request} {repeats} {(ownTime ? 1 : 0)}")[0];
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or FormatException)
        {
            _peers.Drop(_request);
            throw new InvalidOperationException($"{_request.Key} did not answer '{_request.Request}': {e.Message}", e);
        }
    }
}
