using System.Runtime.Intrinsics;

namespace Engram.Data;

/// <summary>
/// Bytes to float32 in [0, 1] and back: <c>x = b · (1/255)</c>, <c>b = round(x · 255)</c>. All 256 bytes survive the round trip.
/// </summary>
public static class PixelConversion
{
    /// <summary>The float32 nearest to 1/255.</summary>
    public const float Scale = 1f / 255f;

    /// <summary>Writes <c>destination[i] = source[i] · (1/255)</c>.</summary>
    /// <param name="source">Pixels, <c>[n]</c>.</param>
    /// <param name="destination">Receives values in [0, 1], at least <c>[n]</c>.</param>
    /// <exception cref="ArgumentException">The destination is shorter than the source.</exception>
    public static void ToUnit(ReadOnlySpan<byte> source, Span<float> destination)
    {
        if (destination.Length < source.Length)
        {
            throw new ArgumentException(
                $"pixels to floats: {source.Length} pixels need as many floats, got {destination.Length}.", nameof(destination));
        }

        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> scale = Vector256.Create(Scale);
            for (; i <= source.Length - Vector256<byte>.Count; i += Vector256<byte>.Count)
            {
                // 32 bytes widen to 4 vectors of 8 in order: lower half first at both steps
                (Vector256<ushort> low, Vector256<ushort> high) = Vector256.Widen(Vector256.Create(source.Slice(i, Vector256<byte>.Count)));
                Store(low, destination[i..], scale);
                Store(high, destination[(i + Vector256<ushort>.Count)..], scale);
            }
        }

        for (; i < source.Length; i++)
        {
            destination[i] = source[i] * Scale;
        }
    }

    /// <summary>Writes <c>destination[i] = round(source[i] · 255)</c>, limited to [0, 255]; NaN becomes 0. For pictures, not for training.</summary>
    /// <param name="source">Values, nominally in [0, 1], <c>[n]</c>.</param>
    /// <param name="destination">Receives pixels, at least <c>[n]</c>.</param>
    /// <exception cref="ArgumentException">The destination is shorter than the source.</exception>
    public static void ToBytes(ReadOnlySpan<float> source, Span<byte> destination)
    {
        if (destination.Length < source.Length)
        {
            throw new ArgumentException(
                $"floats to pixels: {source.Length} values need as many bytes, got {destination.Length}.", nameof(destination));
        }

        for (int i = 0; i < source.Length; i++)
        {
            float scaled = source[i] * 255f;
            destination[i] = scaled > 0f ? (byte)(MathF.Min(scaled, 255f) + 0.5f) : (byte)0;
        }
    }

    private static void Store(Vector256<ushort> pixels, Span<float> destination, Vector256<float> scale)
    {
        (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(pixels);
        (Vector256.ConvertToSingle(low.AsInt32()) * scale).CopyTo(destination);
        (Vector256.ConvertToSingle(high.AsInt32()) * scale).CopyTo(destination[Vector256<float>.Count..]);
    }
}
