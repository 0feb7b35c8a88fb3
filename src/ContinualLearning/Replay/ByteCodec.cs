using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Engram.ContinualLearning;

/// <summary>Features in [0, 1] as bytes, b = round(255·x); the way back is <see cref="Engram.Data.PixelConversion.ToUnit"/>. Exact for 8-bit images.</summary>
internal static class ByteCodec
{
    private const float Slack = 1e-4f; // rounding of a preceding transform, far below half a byte step

    /// <summary>Position of the first value outside [0, 1] (NaN included), or −1.</summary>
    public static int FirstOutside(ReadOnlySpan<float> x)
    {
        if (x.IsEmpty || (TensorPrimitives.Min(x) >= -Slack && TensorPrimitives.Max(x) <= 1 + Slack))
            return -1;
        int i = 0;
        while (x[i] >= -Slack && x[i] <= 1 + Slack)
            i++;
        return i;
    }

    /// <summary>Writes bytes[i] = round(255·x[i]).</summary>
    /// <exception cref="ArgumentException">A value is outside [0, 1].</exception>
    public static void Encode(ReadOnlySpan<float> x, Span<byte> bytes)
    {
        int bad = FirstOutside(x);
        if (bad >= 0)
            throw new ArgumentException($"replay buffer: payload \"byte\" stores values in [0, 1], a sample has {x[bad]} in column {bad}; " +
                "scale the inputs, or choose payload \"half\" or \"float\"");
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> scale = Vector256.Create(255f), half = Vector256.Create(0.5f);
            for (; i <= x.Length - 32; i += 32)
            {
                // four vectors of 8 integers, narrowed in order to 32 bytes
                Vector256<int> a = Vector256.ConvertToInt32(Vector256.Create(x[i..]) * scale + half);
                Vector256<int> b = Vector256.ConvertToInt32(Vector256.Create(x[(i + 8)..]) * scale + half);
                Vector256<int> c = Vector256.ConvertToInt32(Vector256.Create(x[(i + 16)..]) * scale + half);
                Vector256<int> d = Vector256.ConvertToInt32(Vector256.Create(x[(i + 24)..]) * scale + half);
                Vector256.Narrow(Vector256.Narrow(a, b).AsUInt16(), Vector256.Narrow(c, d).AsUInt16()).CopyTo(bytes[i..]);
            }
        }

        for (; i < x.Length; i++)
            bytes[i] = (byte)(int)(x[i] * 255f + 0.5f);
    }
}
