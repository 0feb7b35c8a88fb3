namespace Engram.ContinualLearning;

/// <summary>Which <see cref="ImageCodec"/>.</summary>
/// <param name="Kind">The method.</param>
/// <param name="Quality">1 (coarse) to 100 (fine), for <see cref="ImageCodecKind.Dct"/>.</param>
/// <param name="HalveColour">Keep the colour differences of three-channel images at half the resolution (4:2:0), for <see cref="ImageCodecKind.Dct"/>.</param>
public readonly record struct ImageCodecSettings(ImageCodecKind Kind, int Quality = 50, bool HalveColour = true);
