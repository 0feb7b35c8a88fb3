using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>How an image becomes a stream of bytes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ImageCodecKind>))]
public enum ImageCodecKind
{
    /// <summary>A byte a pixel: <see cref="RawCodec"/>.</summary>
    [JsonStringEnumMemberName("raw")]
    Raw,

    /// <summary>Quantized DCT coefficients, as JPEG: <see cref="DctCodec"/>. Lossy.</summary>
    [JsonStringEnumMemberName("dct")]
    Dct,

    /// <summary>Prediction errors in Huffman codes chosen by context: <see cref="PredictiveCodec"/>. Lossless.</summary>
    [JsonStringEnumMemberName("predictive")]
    Predictive,

    /// <summary>Filtered rows, deflated, as PNG: <see cref="DeflateCodec"/>. Lossless.</summary>
    [JsonStringEnumMemberName("deflate")]
    Deflate,

    /// <summary>Filtered rows in Brotli: <see cref="BrotliCodec"/>. Lossless.</summary>
    [JsonStringEnumMemberName("brotli")]
    Brotli,
}
