using System.IO.Compression;
using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>Lossless: rows filtered as in PNG, then Brotli (RFC 7932) at its highest level.</summary>
/// <param name="shape">Sizes of an image.</param>
public sealed class BrotliCodec(ImageShape shape) : ImageCodec(shape)
{
    private const int HighestLevel = 11, SmallestWindow = 10, LargestWindow = 22;

    /// <inheritdoc/>
    public override int ScratchLength => (RowFilters.FilteredLength(Shape) + sizeof(float) - 1) / sizeof(float);

    /// <inheritdoc/>
    public override byte[] Encode(ReadOnlySpan<byte> pixels)
    {
        byte[] planes = pixels.ToArray(), filtered = new byte[RowFilters.FilteredLength(Shape)];
        ColourDifferences.Subtract(planes, Shape);
        RowFilters.Apply(planes, Shape, filtered);
        int window = SmallestWindow;
        while (window < LargestWindow && 1 << window < filtered.Length)
            window++;
        var stream = new byte[BrotliEncoder.GetMaxCompressedLength(filtered.Length)];
        if (!BrotliEncoder.TryCompress(filtered, stream, out int written, HighestLevel, window))
            throw new InvalidOperationException($"Brotli codec: {filtered.Length} bytes could not be compressed into {stream.Length}");
        return stream[..written];
    }

    /// <inheritdoc/>
    public override bool TryDecode(ReadOnlySpan<byte> stream, Span<byte> pixels, Span<float> scratch)
    {
        Span<byte> filtered = System.Runtime.InteropServices.MemoryMarshal.AsBytes(scratch)[..RowFilters.FilteredLength(Shape)];
        if (!BrotliDecoder.TryDecompress(stream, filtered, out int written) || written != filtered.Length || !RowFilters.TryUndo(filtered, Shape, pixels))
            return false;
        ColourDifferences.Add(pixels, Shape);
        return true;
    }
}
