namespace Engram.ContinualLearning;

/// <summary>Sets of orthonormal vectors that grow by one vector at a time.</summary>
internal static class Orthonormal
{
    /// <summary>Appends what a vector has outside the span of the vectors so far, scaled to length 1 (Gram–Schmidt, twice).</summary>
    /// <param name="basis">Vectors as rows, the first <paramref name="count"/> of them orthonormal.</param>
    /// <param name="length">Numbers per vector.</param>
    /// <param name="count">Vectors so far.</param>
    /// <param name="vector">The new vector; destroyed.</param>
    /// <returns>False when the vector lies in the span already.</returns>
    public static bool Append(Span<double> basis, int length, int count, Span<double> vector)
    {
        double before = Norm(vector);
        for (int pass = 0; pass < 2; pass++)
        {
            for (int k = 0; k < count; k++)
            {
                Span<double> row = basis.Slice(k * length, length);
                double along = 0;
                for (int p = 0; p < length; p++)
                    along += row[p] * vector[p];
                for (int p = 0; p < length; p++)
                    vector[p] -= along * row[p];
            }
        }

        double after = Norm(vector);
        if (!(after > 1e-6 * before))
            return false;
        for (int p = 0; p < length; p++)
            basis[count * length + p] = vector[p] / after;
        return true;
    }

    private static double Norm(ReadOnlySpan<double> vector)
    {
        double sum = 0;
        foreach (double value in vector)
            sum += value * value;
        return Math.Sqrt(sum);
    }
}
