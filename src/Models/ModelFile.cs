using Engram.Autograd;
using Engram.Formats;

namespace Engram.Models;

/// <summary>
/// Parameters on disk as safetensors, one float32 array per parameter under its PyTorch name; <c>torch.nn.Sequential</c> loads what is
/// saved here and the other way round.
/// </summary>
public static class ModelFile
{
    /// <summary>Writes every parameter, atomically: the old file stays until the new one is complete.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">Names and shapes.</param>
    /// <param name="values">[p].</param>
    /// <exception cref="IOException">The file cannot be written; the message names path, cause and remedy.</exception>
    public static void Save(string path, Model model, in Tensor values)
    {
        if (values.Count != model.Parameters.Length)
            throw new ArgumentException($"save: {model.Name} has {model.Parameters.Length} parameters, the vector has {values.Count}");
        var writer = new SafetensorsWriter();
        writer.AddMetadata("format", "pt");
        writer.AddMetadata("model", model.Name);
        foreach (Parameter parameter in model.Parameters)
            writer.Add(parameter.Name, Shape(parameter), parameter.Of(values).ToArray());
        writer.Save(path);
    }

    /// <summary>Reads every parameter of the model into a flat vector; arrays of other float types are converted.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">Names and shapes that must be there.</param>
    /// <param name="values">[p], overwritten; untouched when the file does not fit.</param>
    /// <exception cref="TensorFormatException">The file is damaged, or holds other names or shapes; the message names the first difference.</exception>
    public static void Load(string path, Model model, in Tensor values)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var flat = new float[model.Parameters.Length];
        foreach (Parameter parameter in model.Parameters)
        {
            file.Require(parameter.Name, Shape(parameter));
            file.ReadSingles(parameter.Name, flat.AsSpan(parameter.Offset, parameter.Count));
        }
        foreach (SafetensorsEntry entry in file.Entries)
        {
            if (!model.Parameters.Contains(entry.Name))
                throw new TensorFormatException("safetensors", path, entry.Name, $"only parameters of {model.Name}", "an array that the model does not have", "Load it into the model it was saved from.");
        }
        values.Device.Upload<float>(flat, values.View.Buffer, values.Layout.Offset);
    }

    private static long[] Shape(Parameter parameter) => Array.ConvertAll(parameter.Layout.Sizes.ToArray(), size => (long)size);
}
