using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>
/// Turns images of one shape into streams of bytes and back. Codes that are shared by many images, such as Huffman tables, are learned from the images
/// of a task and belong to what is stored.
/// </summary>
/// <param name="shape">Sizes of an image.</param>
public abstract class ImageCodec(ImageShape shape)
{
    /// <summary>Sizes of an image.</summary>
    public ImageShape Shape { get; } = shape;

    /// <summary>What decoding needs beside a stream, once for all images: it is stored and counted.</summary>
    public virtual ReadOnlyMemory<byte> Tables => default;

    /// <summary>Bytes that an open codec keeps beside its <see cref="Tables"/>, to decode faster.</summary>
    public virtual int WorkingBytes => 0;

    /// <summary>Floats of scratch for decoding.</summary>
    public virtual int ScratchLength => 0;

    /// <summary>Encodes one image.</summary>
    /// <param name="pixels">The image [channels, height, width].</param>
    /// <exception cref="ArgumentException">The codec learned its tables from other images and has no code for this one.</exception>
    public abstract byte[] Encode(ReadOnlySpan<byte> pixels);

    /// <summary>Decodes one image. Allocates nothing.</summary>
    /// <param name="stream">What <see cref="Encode"/> gave.</param>
    /// <param name="pixels">Receives the image [channels, height, width].</param>
    /// <param name="scratch"><see cref="ScratchLength"/> floats.</param>
    /// <returns>False when the stream is damaged: <paramref name="pixels"/> then holds anything.</returns>
    public abstract bool TryDecode(ReadOnlySpan<byte> stream, Span<byte> pixels, Span<float> scratch);

    /// <summary>A codec for images like the ones given.</summary>
    /// <param name="settings">Which one.</param>
    /// <param name="shape">Sizes of an image.</param>
    /// <param name="images">Images [n, channels, height, width] that codes are learned from; each of them can then be encoded.</param>
    public static ImageCodec Learn(ImageCodecSettings settings, ImageShape shape, ReadOnlySpan<byte> images) => settings.Kind switch
    {
        ImageCodecKind.Dct => DctCodec.Learn(shape, settings, images),
        ImageCodecKind.Predictive => PredictiveCodec.Learn(shape, images),
        ImageCodecKind.Deflate => new DeflateCodec(shape),
        ImageCodecKind.Brotli => new BrotliCodec(shape),
        _ => new RawCodec(shape),
    };

    /// <summary>The codec whose <see cref="Tables"/> these are, or null when they are damaged.</summary>
    /// <param name="settings">Which one.</param>
    /// <param name="shape">Sizes of an image.</param>
    /// <param name="tables">The tables.</param>
    public static ImageCodec? TryOpen(ImageCodecSettings settings, ImageShape shape, ReadOnlyMemory<byte> tables) => settings.Kind switch
    {
        ImageCodecKind.Dct => DctCodec.TryOpen(shape, settings, tables),
        ImageCodecKind.Predictive => PredictiveCodec.TryOpen(shape, tables),
        ImageCodecKind.Deflate => tables.IsEmpty ? new DeflateCodec(shape) : null,
        ImageCodecKind.Brotli => tables.IsEmpty ? new BrotliCodec(shape) : null,
        _ => tables.IsEmpty ? new RawCodec(shape) : null,
    };
}
