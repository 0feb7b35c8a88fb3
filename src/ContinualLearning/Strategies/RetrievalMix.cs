namespace Engram.ContinualLearning;

/// <summary>Of which candidates a step replays how many.</summary>
/// <param name="Conflicting">With the highest scores.</param>
/// <param name="Aligned">With the lowest.</param>
/// <param name="Random">Drawn from the others.</param>
internal readonly record struct RetrievalMix(int Conflicting, int Aligned, int Random)
{
    public int Total => Conflicting + Aligned + Random;

    public bool NeedsScores => Conflicting + Aligned > 0;
}
