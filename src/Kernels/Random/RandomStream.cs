using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// An endless sequence of random numbers that is a pure function of (seed, purpose, step): number i is computed from i alone by
/// <see cref="Philox"/>. Thread count and call order cannot change it, and what must be stored to resume is a few integers.
/// </summary>
/// <param name="Key">64 bits mixed from seed and purpose: the Philox key.</param>
/// <param name="Step">The step: the upper half of the Philox counter.</param>
/// <remarks>
/// The lower half of the counter is the block number; raw words, uniform numbers and normals at index i come from block i/4,
/// bounded integers from blocks at 2⁴⁸ and above, so that one index may serve for both. Indices go up to 2⁴⁸.
/// </remarks>
public readonly record struct RandomStream(ulong Key, ulong Step)
{
    private const int BoundedShift = 48;

    /// <summary>The stream of a purpose ("weights", "batches of task 3") at a step.</summary>
    public static RandomStream For(ulong seed, ReadOnlySpan<char> purpose, ulong step = 0)
    {
        // FNV-1a over the characters, then a finalizer, so that near seeds and near names give unrelated keys
        ulong hash = 0xCBF29CE484222325;
        foreach (char c in purpose)
        {
            hash = (hash ^ c) * 0x100000001B3;
        }

        return new(Mix(Mix(hash) ^ Mix(seed + 0x9E3779B97F4A7C15)), step);
    }

    /// <summary>The same seed and purpose at another step.</summary>
    public RandomStream AtStep(ulong step) => this with { Step = step };

    /// <summary>A stream within this one: the same purpose, subdivided by a number (a task, a sample, a layer).</summary>
    public RandomStream Branch(ulong number) => this with { Key = Mix(Key ^ Mix(number + 0xD1B54A32D192ED03)) };

    /// <summary>32 random bits: word <paramref name="index"/> of the stream.</summary>
    public uint UInt32(ulong index)
    {
        var block = Block(index / Philox.WordsPerBlock);
        return (index % Philox.WordsPerBlock) switch
        {
            0 => block.Word0,
            1 => block.Word1,
            2 => block.Word2,
            _ => block.Word3,
        };
    }

    /// <summary>A uniform number in [0, 1), a multiple of 2⁻²⁴, from word <paramref name="index"/>.</summary>
    public float Uniform(ulong index) => RandomBits.ToUniform(UInt32(index));

    /// <summary>
    /// A standard normal number by Box and Muller (1958): numbers 2j and 2j + 1 are the cosine and the sine of words 2j and 2j + 1.
    /// The largest magnitude is 6.8.
    /// </summary>
    public float Normal(ulong index)
    {
        ulong even = index & ~1ul;
        RandomBits.ToNormals(
            new Lane1(RandomBits.ToRadius(UInt32(even))), new Lane1(RandomBits.ToUniform(UInt32(even + 1))), out var cos, out var sin);
        return (index & 1) == 0 ? cos.Value : sin.Value;
    }

    /// <summary>
    /// A whole number in [0, <paramref name="bound"/>), every one exactly equally likely (Lemire, 2019: multiply, shift, reject). Its words are
    /// its own, so a rejection moves no other number.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The bound is below 1.</exception>
    public int Int32(ulong index, int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        for (ulong attempt = 1; ; attempt++)
        {
            var block = Block(index | (attempt << BoundedShift));
            if (RandomBits.TryBound(block.Word0, (uint)bound, out uint value)
                || RandomBits.TryBound(block.Word1, (uint)bound, out value)
                || RandomBits.TryBound(block.Word2, (uint)bound, out value)
                || RandomBits.TryBound(block.Word3, (uint)bound, out value))
            {
                return (int)value;
            }
        }
    }

    /// <summary>The four words of block <paramref name="number"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (uint Word0, uint Word1, uint Word2, uint Word3) Block(ulong number) => Philox.Block(Key, number, Step);

    // the finalizer of SplitMix64 (Steele, Lea and Flood, 2014): a bijection in which every input bit reaches every output bit
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
