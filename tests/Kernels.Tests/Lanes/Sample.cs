namespace Engram.Kernels.Tests;

/// <summary>Seeded test numbers.</summary>
internal static class Sample
{
    public static readonly LaneWidth[] Widths = [LaneWidth.One, LaneWidth.Four, LaneWidth.Eight, LaneWidth.Sixteen];

    /// <summary>Every length around one, two and three of the widest lanes and around the unrolled steps of every lane.</summary>
    public static IEnumerable<int> Lengths => Tiny.On ? [0, 1, 3, 4, 5, 15, 16, 17, 33] : Enumerable.Range(0, (3 * 16) + 4).Concat([63, 64, 65, 79, 127, 128, 131]);

    /// <summary>Numbers between −range and range.</summary>
    public static float[] Numbers(int count, int seed, float range = 4f)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = ((random.NextSingle() * 2) - 1) * range;
        }

        return values;
    }

    /// <summary>Numbers with zeros, denormals, infinities and NaN sprinkled in.</summary>
    public static float[] NumbersWithSpecials(int count, int seed)
    {
        var random = new Random(seed);
        var values = Numbers(count, seed + 1);
        for (int i = 0; i < count; i++)
        {
            if (random.Next(3) == 0)
            {
                values[i] = FloatBits.Special[random.Next(FloatBits.Special.Length)];
            }
        }

        return values;
    }
}
