using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels;

/// <summary>
/// Fills memory from a <see cref="RandomStream"/>: element i is the stream's number firstIndex + i, whatever the range, the thread or the
/// vector width.
/// </summary>
public static unsafe class RandomFill
{
    // blocks computed side by side: one 64-bit place of a 512-bit vector each
    private const int BlocksPerBatch = 8;
    private const int BatchWords = BlocksPerBatch * Philox.WordsPerBlock;

    /// <summary>Raw 32-bit words.</summary>
    public static void Words(in RandomStream stream, ulong firstIndex, uint* target, nint count)
    {
        uint* batch = stackalloc uint[BatchWords];
        nint done = 0;
        while (done < count)
        {
            ulong index = firstIndex + (ulong)done;
            int skip = (int)(index % Philox.WordsPerBlock);
            int usable = (int)nint.Min(BatchWords - skip, count - done);
            if (skip == 0 && usable == BatchWords)
            {
                Batch(stream, index / Philox.WordsPerBlock, target + done);
            }
            else
            {
                Batch(stream, index / Philox.WordsPerBlock, batch);
                new ReadOnlySpan<uint>(batch + skip, usable).CopyTo(new Span<uint>(target + done, usable));
            }

            done += usable;
        }
    }

    /// <summary>Uniform numbers in [minimum, maximum): minimum + u·(maximum − minimum), rounded once.</summary>
    public static void Uniform(
        in RandomStream stream, ulong firstIndex, float* target, nint count, float minimum = 0f, float maximum = 1f)
    {
        // the words are made in place and then turned into numbers
        Words(stream, firstIndex, (uint*)target, count);
        float range = maximum - minimum;
        nint i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i <= count - 8; i += 8)
            {
                var bits = Vector256.Load((int*)target + i);
                var unit = Vector256.ConvertToSingle(Vector256.ShiftRightLogical(bits, 8)) * Vector256.Create(1f / (1 << 24));
                Vector256.FusedMultiplyAdd(unit, Vector256.Create(range), Vector256.Create(minimum)).Store(target + i);
            }
        }

        for (; i < count; i++)
        {
            target[i] = MathF.FusedMultiplyAdd(RandomBits.ToUniform(((uint*)target)[i]), range, minimum);
        }
    }

    /// <summary>Normal numbers: mean + deviation·z, rounded once; z is <see cref="RandomStream.Normal"/> of the index.</summary>
    public static void Normal(
        in RandomStream stream, ulong firstIndex, float* target, nint count, float mean = 0f, float deviation = 1f)
    {
        switch (LaneWidths.Widest)
        {
            case LaneWidth.Sixteen:
                Normal<Lane16>(stream, firstIndex, target, count, mean, deviation);
                break;
            case LaneWidth.Eight:
                Normal<Lane8>(stream, firstIndex, target, count, mean, deviation);
                break;
            case LaneWidth.Four:
                Normal<Lane4>(stream, firstIndex, target, count, mean, deviation);
                break;
            default:
                Normal<Lane1>(stream, firstIndex, target, count, mean, deviation);
                break;
        }
    }

    private static void Normal<TLane>(
        in RandomStream stream, ulong firstIndex, float* target, nint count, float mean, float deviation)
        where TLane : struct, ILane<TLane>
    {
        const int Pairs = BatchWords / 2;
        uint* words = stackalloc uint[BatchWords];
        float* first = stackalloc float[Pairs];
        float* second = stackalloc float[Pairs];
        nint done = 0;
        while (done < count)
        {
            ulong index = firstIndex + (ulong)done;
            int skip = (int)(index % Philox.WordsPerBlock);
            Batch(stream, index / Philox.WordsPerBlock, words);
            for (int j = 0; j < Pairs; j++)
            {
                first[j] = RandomBits.ToRadius(words[2 * j]);
                second[j] = RandomBits.ToUniform(words[(2 * j) + 1]);
            }

            for (int j = 0; j < Pairs; j += TLane.Count)
            {
                RandomBits.ToNormals(TLane.Load(first + j), TLane.Load(second + j), out var cos, out var sin);
                TLane.Store(TLane.FusedMultiplyAdd(TLane.Splat(deviation), cos, TLane.Splat(mean)), first + j);
                TLane.Store(TLane.FusedMultiplyAdd(TLane.Splat(deviation), sin, TLane.Splat(mean)), second + j);
            }

            int usable = (int)nint.Min(BatchWords - skip, count - done);
            for (int j = 0; j < usable; j++)
            {
                int place = skip + j;
                target[done + j] = ((place & 1) == 0 ? first : second)[place >> 1];
            }

            done += usable;
        }
    }

    // eight blocks in a row; every 64-bit place holds one 32-bit word of one block, the upper halves are ignored by the multiplications
    private static void Batch(in RandomStream stream, ulong firstBlock, uint* target)
    {
        if (!Avx512F.IsSupported)
        {
            for (int b = 0; b < BlocksPerBatch; b++)
            {
                (target[4 * b], target[(4 * b) + 1], target[(4 * b) + 2], target[(4 * b) + 3]) = stream.Block(firstBlock + (ulong)b);
            }

            return;
        }

        // even places hold blocks 0–3 and odd places 4–7, which is the order that the two unpackings below put right
        var counter = Vector512.Create(firstBlock) + Vector512.Create(0ul, 4, 1, 5, 2, 6, 3, 7);
        var c0 = counter;
        var c1 = Vector512.ShiftRightLogical(counter, 32);
        var c2 = Vector512.Create(stream.Step);
        var c3 = Vector512.Create(stream.Step >> 32);
        var multiplier0 = Vector512.Create((ulong)Philox.Multiplier0).AsUInt32();
        var multiplier1 = Vector512.Create((ulong)Philox.Multiplier1).AsUInt32();
        uint k0 = (uint)stream.Key;
        uint k1 = (uint)(stream.Key >> 32);
        for (int round = 0; round < Philox.Rounds; round++)
        {
            var product0 = Avx512F.Multiply(multiplier0, c0.AsUInt32());
            var product1 = Avx512F.Multiply(multiplier1, c2.AsUInt32());
            c0 = Vector512.ShiftRightLogical(product1, 32) ^ c1 ^ Vector512.Create((ulong)k0);
            c1 = product1;
            c2 = Vector512.ShiftRightLogical(product0, 32) ^ c3 ^ Vector512.Create((ulong)k1);
            c3 = product0;
            k0 += Philox.Weyl0;
            k1 += Philox.Weyl1;
        }

        var low = Vector512.Create((ulong)uint.MaxValue);
        var words01 = (c0 & low) | Vector512.ShiftLeft(c1, 32);
        var words23 = (c2 & low) | Vector512.ShiftLeft(c3, 32);
        Avx512F.UnpackLow(words01, words23).AsUInt32().Store(target);
        Avx512F.UnpackHigh(words01, words23).AsUInt32().Store(target + 16);
    }
}
