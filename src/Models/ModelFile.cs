using Engram.Autograd;
using Engram.Formats;

namespace Engram.Models;

/// <summary>
/// Parameters and running statistics on disk as safetensors, one float32 array each under its PyTorch name (counters of batches as 64-bit
/// integers): the entries are those of the PyTorch module's <c>state_dict</c>, and files go both ways.
/// </summary>
public static class ModelFile
{
    /// <summary>Writes every parameter, atomically: the old file stays until the new one is complete.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">Names and shapes.</param>
    /// <param name="values">[p].</param>
    /// <param name="state">Running statistics [s]; may be left out for a model without any.</param>
    /// <exception cref="ArgumentException">A vector has another length.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names path, cause and remedy.</exception>
    public static void Save(string path, Model model, in Tensor values, in Tensor state = default)
    {
        CheckLengths("save", model, values, state);
        var writer = new SafetensorsWriter();
        writer.AddMetadata("format", "pt");
        writer.AddMetadata("model", model.Name);
        foreach (Parameter parameter in model.Parameters)
            writer.Add(parameter.Name, Shape(parameter), parameter.Of(values).ToArray());
        foreach (Parameter statistic in model.State)
        {
            if (IsCounter(statistic))
                writer.Add(statistic.Name, Shape(statistic), new[] { (long)statistic.Of(state).ToScalar() });
            else
                writer.Add(statistic.Name, Shape(statistic), statistic.Of(state).ToArray());
        }
        writer.Save(path);
    }

    /// <summary>Reads every parameter of the model into a flat vector; arrays of other float types are converted.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">Names and shapes that must be there.</param>
    /// <param name="values">[p], overwritten; untouched when the file does not fit.</param>
    /// <param name="state">Running statistics [s], likewise; may be left out for a model without any.</param>
    /// <exception cref="ArgumentException">A vector has another length.</exception>
    /// <exception cref="TensorFormatException">The file is damaged, or holds other names or shapes; the message names the first difference.</exception>
    public static void Load(string path, Model model, in Tensor values, in Tensor state = default)
    {
        CheckLengths("load", model, values, state);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        float[] flat = new float[model.Parameters.Length], statistics = new float[model.State.Length];
        foreach (Parameter parameter in model.Parameters)
        {
            file.Require(parameter.Name, Shape(parameter));
            file.ReadSingles(parameter.Name, flat.AsSpan(parameter.Offset, parameter.Count));
        }
        foreach (Parameter statistic in model.State)
        {
            file.Require(statistic.Name, Shape(statistic));
            Span<float> place = statistics.AsSpan(statistic.Offset, statistic.Count);
            if (IsCounter(statistic))
                place[0] = Counter(file, statistic.Name);
            else
                file.ReadSingles(statistic.Name, place);
        }
        foreach (SafetensorsEntry entry in file.Entries)
        {
            if (!model.Parameters.Contains(entry.Name) && !model.State.Contains(entry.Name))
                throw new TensorFormatException("safetensors", path, entry.Name, $"only parameters and running statistics of {model.Name}", "an array that the model does not have", "Load it into the model it was saved from.");
        }
        values.Device.Upload<float>(flat, values.View.Buffer, values.Layout.Offset);
        if (statistics.Length > 0)
            state.Device.Upload<float>(statistics, state.View.Buffer, state.Layout.Offset);
    }

    private static void CheckLengths(string op, Model model, in Tensor values, in Tensor state)
    {
        if (values.Count != model.Parameters.Length)
            throw new ArgumentException($"{op}: {model.Name} has {model.Parameters.Length} parameters, the vector has {values.Count}");
        int length = state.IsEmpty ? 0 : state.Count;
        if (length != model.State.Length)
            throw new ArgumentException($"{op}: {model.Name} has {model.State.Length} running statistics, the vector has {length}; pass the learner's State");
    }

    private static bool IsCounter(Parameter statistic) => statistic.Layout.Rank == 0;

    private static float Counter(SafetensorsFile file, string name)
    {
        long count = 0;
        file.Read(name, new Span<long>(ref count));
        return count;
    }

    private static long[] Shape(Parameter parameter) => Array.ConvertAll(parameter.Layout.Sizes.ToArray(), size => (long)size);
}
