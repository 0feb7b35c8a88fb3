namespace Engram.Data;

/// <summary>Smaller sets that keep the balance of classes.</summary>
public static class ImageSampling
{
    /// <summary>
    /// A part of every class: of n images the same <c>max(1, round(fraction · n))</c> for everybody, drawn once and for all, in the order of the set. A
    /// smaller fraction is a subset of a larger one.
    /// </summary>
    /// <param name="images">The images.</param>
    /// <param name="fraction">The part to keep, in (0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is outside (0, 1].</exception>
    public static ImageSet Fraction(this ImageSet images, double fraction)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (!(fraction > 0 && fraction <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, $"fraction of '{images.Name}': expected a number in (0, 1].");
        }

        if (fraction == 1)
        {
            return images;
        }

        List<int> kept = [];
        for (int c = 0; c < images.ClassCount; c++)
        {
            int[] members = images.IndicesOf(c);
            // Every class has a fixed order of its images, of which a fraction takes the first: hence subsets of each other.
            Draws.Fraction(c).Shuffle<int>(members);
            kept.AddRange(members.Take(Math.Max(1, (int)Math.Round(fraction * members.Length))));
        }

        kept.Sort();
        return images.Subset([.. kept]);
    }
}
