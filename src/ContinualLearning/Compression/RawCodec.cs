using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>A byte a pixel.</summary>
/// <param name="shape">Sizes of an image.</param>
public sealed class RawCodec(ImageShape shape) : ImageCodec(shape)
{
    /// <inheritdoc/>
    public override byte[] Encode(ReadOnlySpan<byte> pixels) => pixels.ToArray();

    /// <inheritdoc/>
    public override bool TryDecode(ReadOnlySpan<byte> stream, Span<byte> pixels, Span<float> scratch)
    {
        if (stream.Length != pixels.Length)
            return false;
        stream.CopyTo(pixels);
        return true;
    }
}
