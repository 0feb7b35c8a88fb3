using System.IO.Compression;
using System.Runtime.InteropServices;
using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>
/// Lossless: rows filtered as in PNG, then deflate (RFC 1951) at its highest level. Decoding is ours (<see cref="Inflate"/>): the library's
/// decoder is a stream object, and a training step must not allocate one per image.
/// </summary>
/// <param name="shape">Sizes of an image.</param>
public sealed class DeflateCodec(ImageShape shape) : ImageCodec(shape)
{
    /// <inheritdoc/>
    public override int ScratchLength => (RowFilters.FilteredLength(Shape) + sizeof(float) - 1) / sizeof(float);

    /// <inheritdoc/>
    public override byte[] Encode(ReadOnlySpan<byte> pixels)
    {
        byte[] planes = pixels.ToArray(), filtered = new byte[RowFilters.FilteredLength(Shape)];
        ColourDifferences.Subtract(planes, Shape);
        RowFilters.Apply(planes, Shape, filtered);
        using var bytes = new MemoryStream();
        using (var deflate = new DeflateStream(bytes, CompressionLevel.SmallestSize, leaveOpen: true))
            deflate.Write(filtered);
        return bytes.ToArray();
    }

    /// <inheritdoc/>
    public override bool TryDecode(ReadOnlySpan<byte> stream, Span<byte> pixels, Span<float> scratch)
    {
        Span<byte> filtered = MemoryMarshal.AsBytes(scratch)[..RowFilters.FilteredLength(Shape)];
        if (!Inflate.TryDecode(stream, filtered) || !RowFilters.TryUndo(filtered, Shape, pixels))
            return false;
        ColourDifferences.Add(pixels, Shape);
        return true;
    }
}
