using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Engram.Models;

namespace Engram.ContinualLearning.Experiments;

/// <summary>A network's settings from text, with an experiment's rules for its <c>model</c>.</summary>
public static class ModelText
{
    /// <summary>Reads a kind such as <c>resnet18</c>, with defaults, or a JSON object such as <c>{"kind": "resnet18", "width": 64}</c>.</summary>
    /// <param name="text">The kind or the object.</param>
    /// <param name="input">Sizes of one sample.</param>
    /// <param name="outputs">Logits per sample, at least one.</param>
    /// <exception cref="ConfigurationException">It is no such object, or a network of these settings cannot read such samples; all problems are listed.</exception>
    public static ModelOptions Parse(string text, ImageShape input, int outputs)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        JsonTypeInfo<ModelOptions> type = ExperimentJsonContext.Default.ModelOptions;
        try
        {
            JsonNode? keys = text.TrimStart().StartsWith('{') ? JsonNode.Parse(text) : new JsonObject { ["kind"] = text.Trim() };
            IReadOnlyList<string> problems = ConfigurationSchema.Check(keys, type, out JsonNode? fitting);
            ModelOptions? options = problems.Count == 0 ? fitting.Deserialize(type) : null;
            if (options is not null)
            {
                options = options with { Input = input, Outputs = outputs };
                problems = [.. options.Problems()];
            }

            return problems.Count == 0 && options is not null ? options : throw new ConfigurationException("model", problems);
        }
        catch (JsonException e)
        {
            throw new ConfigurationException("model", [$"not readable as JSON: {e.Message}"]);
        }
    }
}
