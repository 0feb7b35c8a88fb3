namespace Engram.Kernels.Cpu.Reference;

/// <summary>Box and Muller's transform of random words in double precision: the twin of the normal numbers.</summary>
public static class ReferenceRandom
{
    /// <summary>The normal number at <paramref name="index"/> of a stream.</summary>
    public static double Normal(in RandomStream stream, ulong index)
    {
        ulong even = index & ~1ul;
        // the word becomes a single-precision number by definition; everything after that is double
        double radius = RandomBits.ToRadius(stream.UInt32(even));
        double angle = 2 * Math.PI * (stream.UInt32(even + 1) >> 8) / (1 << 24);
        return Math.Sqrt(-2 * Math.Log(radius)) * ((index & 1) == 0 ? Math.Cos(angle) : Math.Sin(angle));
    }
}
