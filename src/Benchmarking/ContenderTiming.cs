namespace Engram.Benchmarking;

/// <summary>A contender on the clock.</summary>
internal abstract class ContenderTiming(string name, string version)
{
    public string Name { get; } = name;

    public string Version { get; } = version;

    /// <summary>Calls per sample, chosen by <see cref="ChooseRepeats"/>.</summary>
    public int Repeats { get; protected set; } = 1;

    /// <summary>Seconds that a sample will take.</summary>
    public double SampleSeconds { get; protected set; }

    /// <summary>Some calls, so that code is compiled for speed and caches are filled.</summary>
    /// <param name="options">How long that may take.</param>
    public abstract void Heat(BenchOptions options);

    /// <summary>Times a call and chooses how many make a sample.</summary>
    /// <param name="options">How long a sample shall be.</param>
    public abstract void ChooseRepeats(BenchOptions options);

    /// <summary>Seconds per call, over <see cref="Repeats"/> calls.</summary>
    public abstract double Sample(bool ownTime);

    protected void Choose(double once, double wanted)
    {
        Repeats = (int)Math.Clamp(wanted / Math.Max(1e-8, once), 1, 50_000);
        SampleSeconds = Repeats * once;
    }
}
