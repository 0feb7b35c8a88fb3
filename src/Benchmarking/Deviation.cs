namespace Engram.Benchmarking;

/// <summary>How far a result is from its reference twin.</summary>
/// <param name="Error">Largest error found, in the measure that the tolerance is in; NaN counts as wrong.</param>
/// <param name="Tolerance">Largest error that a right kernel may have at this shape.</param>
public readonly record struct Deviation(double Error, double Tolerance)
{
    /// <summary>Whether the result is right.</summary>
    public bool IsRight => Error <= Tolerance;

    /// <summary>Largest |actual − expected| / max(1, |expected|) over the elements; NaN where one side alone is.</summary>
    /// <param name="actual">What was computed.</param>
    /// <param name="expected">The twin's element of an index.</param>
    /// <param name="tolerance">Largest error that is right.</param>
    /// <param name="samples">Elements that are looked at, spread evenly, the first and the last among them.</param>
    public static Deviation Of(ReadOnlySpan<float> actual, Func<int, double> expected, double tolerance, int samples = 20_000)
    {
        ArgumentNullException.ThrowIfNull(expected);
        double worst = 0;
        int count = Math.Min(samples, actual.Length);
        for (int s = 0; s < count; s++)
        {
            int i = count == 1 ? 0 : (int)((long)s * (actual.Length - 1) / (count - 1));
            double wanted = expected(i), error = Math.Abs(actual[i] - wanted) / Math.Max(1, Math.Abs(wanted));
            bool same = actual[i] == wanted || (float.IsNaN(actual[i]) && double.IsNaN(wanted));
            if (!same && !(error <= worst))
                worst = error;
            if (double.IsNaN(worst))
                break;
        }

        return new Deviation(worst, tolerance);
    }
}
