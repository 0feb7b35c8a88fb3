namespace Engram.Data;

/// <summary>
/// Random 32-bit words as a pure function of (seed, purpose, index, position): Philox 4x32-10 (Salmon et al., <i>Parallel random
/// numbers: as easy as 1, 2, 3</i>, SC 2011), key = seed, counter = (position, purpose, index).
/// </summary>
internal struct RandomWords
{
    private readonly ulong _seed;
    private readonly uint _purpose;
    private readonly ulong _index;
    private uint _block;
    private ulong _low;
    private ulong _high;
    private int _left;

    public RandomWords(ulong seed, RandomPurpose purpose, ulong index)
    {
        _seed = seed;
        _purpose = (uint)purpose;
        _index = index;
    }

    /// <summary>The next word, uniform over all 32-bit values.</summary>
    public uint Next()
    {
        if (_left == 0)
        {
            Refill();
        }

        _left--;
        uint word = (uint)_low;
        _low = (_low >> 32) | (_high << 32);
        _high >>= 32;
        return word;
    }

    /// <summary>Uniform in [0, 1), a multiple of 2^-24.</summary>
    public float NextUnit() => (Next() >> 8) * (1f / (1 << 24));

    /// <summary>Uniform in [-1, 1).</summary>
    public float NextSigned() => (NextUnit() * 2f) - 1f;

    /// <summary>Uniform over the integers [0, bound), without bias (Lemire, TOMACS 2019).</summary>
    public int NextBelow(int bound)
    {
        ulong product = (ulong)Next() * (uint)bound;
        if ((uint)product < (uint)bound)
        {
            uint reject = (uint)-bound % (uint)bound;
            while ((uint)product < reject)
            {
                product = (ulong)Next() * (uint)bound;
            }
        }

        return (int)(product >> 32);
    }

    /// <summary>Writes a uniformly random order of 0 … n−1 (Fisher-Yates).</summary>
    public void Shuffle(Span<int> order)
    {
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        for (int i = order.Length - 1; i > 0; i--)
        {
            int j = NextBelow(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
    }

    private void Refill()
    {
        uint c0 = _block++, c1 = _purpose, c2 = (uint)_index, c3 = (uint)(_index >> 32);
        uint k0 = (uint)_seed, k1 = (uint)(_seed >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53ul * c0, p1 = 0xCD9E8D57ul * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        _low = c0 | ((ulong)c1 << 32);
        _high = c2 | ((ulong)c3 << 32);
        _left = 4;
    }
}
