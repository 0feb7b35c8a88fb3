namespace Engram.Data;

/// <summary>A fixed rearrangement of the pixels of images of one size; planes of colour images are all treated alike.</summary>
public interface IImageTransform
{
    /// <summary>What the transform does, e.g. <c>rotation 20°</c>.</summary>
    string Name { get; }

    /// <summary>Bytes of one plane: height · width of the images it was made for.</summary>
    int PlaneSize { get; }

    /// <summary>Whether every image comes out as it went in.</summary>
    bool IsIdentity { get; }

    /// <summary>Transforms one plane.</summary>
    /// <param name="source">The plane, <c>[PlaneSize]</c>.</param>
    /// <param name="destination">Receives the transformed plane, <c>[PlaneSize]</c>; must not overlap the source.</param>
    void Apply(ReadOnlySpan<byte> source, Span<byte> destination);
}
