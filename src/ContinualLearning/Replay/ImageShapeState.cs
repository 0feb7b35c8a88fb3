using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>Sizes of a memory's images in a checkpoint.</summary>
internal static class ImageShapeState
{
    /// <summary>Adds the three sizes, each under the name and a suffix.</summary>
    public static void Save(this ImageShape shape, CheckpointWriter writer, string name)
    {
        writer.Counter($"{name}.channels", shape.Channels);
        writer.Counter($"{name}.height", shape.Height);
        writer.Counter($"{name}.width", shape.Width);
    }

    /// <summary>Reads the sizes of images with so many numbers.</summary>
    /// <exception cref="CheckpointException">A size is missing, or they do not multiply to the number.</exception>
    public static ImageShape Load(CheckpointReader reader, string name, int features)
    {
        var shape = new ImageShape(Size("channels"), Size("height"), Size("width"));
        return (long)shape.Channels * shape.Height <= features && shape.Features == features ? shape
            : throw reader.Unusable($"sizes of images of {features} numbers", $"{shape}", "The file is damaged; use an older checkpoint.");

        int Size(string size) => (int)reader.Counter($"{name}.{size}", 1, features);
    }
}
