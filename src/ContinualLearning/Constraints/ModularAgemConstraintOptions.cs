namespace Engram.ContinualLearning;

/// <summary>A-GEM's rule within equal slices of the flat vector: see <see cref="ModularAgemProjection"/>.</summary>
public sealed record ModularAgemConstraintOptions : ConstraintOptions
{
    /// <summary>Number of slices; 1 is A-GEM itself.</summary>
    public int Modules { get; set; } = 2;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems(string at)
    {
        if (Modules < 1)
            yield return $"{at}.modules must be 1 or more, got {Modules}";
    }

    /// <inheritdoc/>
    public override IGradientConstraint Create() => new ModularAgemProjection(Modules);
}
