using FsCheck;
using FsCheck.Fluent;

namespace Engram.Formats.Tests;

/// <summary>Random shapes of up to 5 dimensions of 0 to 6, scalars and empty arrays among them, and values for them.</summary>
internal static class Shapes
{
    public static Arbitrary<(long[] Shape, int Seed)> Any { get; } = (
        from rank in Gen.Choose(0, 5)
        from shape in Gen.Choose(0, 6).ArrayOf(rank)
        from seed in Gen.Choose(0, int.MaxValue)
        select (shape.Select(size => (long)size).ToArray(), seed)).ToArbitrary();

    public static int Count(long[] shape) => (int)shape.Aggregate(1L, (product, size) => product * size);

    public static byte[] Bytes(long[] shape, int elementBytes, int seed)
    {
        byte[] bytes = new byte[Count(shape) * elementBytes];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
