using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// Draws from a <see cref="RandomStream"/> one after the other. Its whole state is <see cref="Position"/>: store it with the stream's seed,
/// purpose and step, set it again, and the draws go on bit for bit. A mutable struct: pass it by reference.
/// </summary>
public struct RandomCursor
{
    private readonly RandomStream _stream;
    private (uint Word0, uint Word1, uint Word2, uint Word3) _block;
    private ulong _position;
    private bool _hasBlock;

    /// <summary>Starts at a position of a stream.</summary>
    public RandomCursor(RandomStream stream, ulong position = 0)
    {
        _stream = stream;
        _position = position;
    }

    /// <summary>Words drawn so far: the index of the next word in the stream.</summary>
    public ulong Position
    {
        readonly get => _position;
        set
        {
            _position = value;
            _hasBlock = false;
        }
    }

    /// <summary>The stream drawn from.</summary>
    public readonly RandomStream Stream => _stream;

    /// <summary>32 random bits.</summary>
    public uint NextUInt32()
    {
        uint word = (uint)(_position % Philox.WordsPerBlock);
        if (word == 0 || !_hasBlock)
        {
            _block = _stream.Block(_position / Philox.WordsPerBlock);
            _hasBlock = true;
        }

        _position++;
        return word switch
        {
            0 => _block.Word0,
            1 => _block.Word1,
            2 => _block.Word2,
            _ => _block.Word3,
        };
    }

    /// <summary>A uniform number in [0, 1), a multiple of 2⁻²⁴.</summary>
    public float NextUniform() => RandomBits.ToUniform(NextUInt32());

    /// <summary>A uniform double in [0, 1), a multiple of 2⁻⁵³; takes two words.</summary>
    public double NextUniformDouble()
    {
        ulong high = NextUInt32();
        return (((high << 32) | NextUInt32()) >> 11) * (1.0 / (1L << 53));
    }

    /// <summary>A whole number in [0, <paramref name="bound"/>), every one exactly equally likely; takes another word per rejection.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bound is below 1.</exception>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        uint value;
        while (!RandomBits.TryBound(NextUInt32(), (uint)bound, out value))
        {
        }

        return (int)value;
    }

    /// <summary>A standard normal number (Box and Muller's cosine); takes two words.</summary>
    public float NextNormal()
    {
        float radius = RandomBits.ToRadius(NextUInt32());
        RandomBits.ToNormals(new Lane1(radius), new Lane1(NextUniform()), out var cos, out _);
        return cos.Value;
    }

    /// <summary>Brings the items into a random order, all orders equally likely (Fisher and Yates; Durstenfeld, 1964).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Fills with 0 … length − 1 in random order.</summary>
    public void Permutation(Span<int> target)
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = i;
        }

        Shuffle(target);
    }

    /// <summary>
    /// Draws as many different numbers of [0, <paramref name="population"/>) as fit the target, every ordered choice equally likely, without
    /// other memory.
    /// </summary>
    /// <exception cref="ArgumentException">More numbers are wanted than there are.</exception>
    public void Sample(Span<int> target, int population)
    {
        if (target.Length > population)
        {
            throw new ArgumentException(
                $"sample: {target.Length} different numbers were asked of a population of {population}. Ask for at most {population}.");
        }

        if ((long)target.Length * target.Length <= 4L * population)
        {
            SampleFew(target, population);
        }
        else
        {
            SampleMany(target, population);
        }

        Shuffle(target);
    }

    // Floyd's algorithm (Bentley and Floyd, 1987): one draw per number; membership is looked up in what was drawn so far
    private void SampleFew(Span<int> target, int population)
    {
        for (int taken = 0; taken < target.Length; taken++)
        {
            int top = population - target.Length + taken;
            int candidate = NextInt32(top + 1);
            target[taken] = target[..taken].Contains(candidate) ? top : candidate;
        }
    }

    // selection sampling (Fan, Muller and Rezucha, 1962; Knuth's algorithm S): one draw per member of the population
    private void SampleMany(Span<int> target, int population)
    {
        int taken = 0;
        for (int i = 0; taken < target.Length; i++)
        {
            if (NextInt32(population - i) < target.Length - taken)
            {
                target[taken++] = i;
            }
        }
    }
}
