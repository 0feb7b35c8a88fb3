using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.ContinualLearning.Experiments;
using Engram.Models;

namespace Engram.Cli;

/// <summary><c>engram model summary MODEL</c>: a network's layers with shapes, parameters, operations and memory.</summary>
internal static class ModelCommand
{
    public static Command Create()
    {
        Argument<string> model = new("model")
        {
            Description = "A kind (mlp, mixer, vit, resnet18, small-cnn, alexnet, mgem-cnn), or JSON as in an experiment: '{\"kind\": \"resnet18\", \"width\": 64}'.",
        };
        Option<string> input = new("--input") { Description = "Sizes of one sample: 3x32x32 (channels, height, width), or 784.", DefaultValueFactory = _ => "3x32x32" };
        Option<int> outputs = new("--outputs") { Description = "Logits per sample.", DefaultValueFactory = _ => 10 };
        Option<int> batch = new("--batch") { Description = "Samples that memory is counted for.", DefaultValueFactory = _ => 32 };
        Option<bool> json = new("--json") { Description = "Print the summary as JSON." };
        Command summary = new("summary", "A network layer by layer: output shapes, parameters, operations, bytes kept for backward.") { model, input, outputs, batch, json };
        summary.SetAction(parsed => CommandGuard.Run(() =>
        {
            int logits = AtLeastOne("--outputs", parsed.GetValue(outputs)), samples = AtLeastOne("--batch", parsed.GetValue(batch));
            ModelOptions options = ModelText.Parse(parsed.GetValue(model)!, Shape(parsed.GetValue(input)!), logits);
            ModelSummary made;
            try
            {
                made = options.Create().Summary(samples);
            }
            catch (ArgumentException e)
            {
                throw new ConfigurationException("model", [e.Message]);
            }

            if (parsed.GetValue(json))
                Console.Out.WriteLine(JsonSerializer.Serialize(made, ModelJsonContext.Default.ModelSummary));
            else
                Console.Out.Write(made);
            return ExitCode.Ok;
        }));
        return new Command("model", "Look at networks.") { summary };
    }

    private static int AtLeastOne(string option, int value) =>
        value >= 1 ? value : throw new ConfigurationException("model summary", [$"{option}: expected 1 or more, got {value}"]);

    private static ImageShape Shape(string text)
    {
        int[] sizes = [.. text.Split('x', '×').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int size) ? size : 0)];
        return sizes is [> 0] or [> 0, > 0, > 0] && sizes.Aggregate(1L, (product, size) => product * size) <= int.MaxValue / sizeof(float)
            ? sizes.Length == 1 ? ImageShape.Flat(sizes[0]) : new ImageShape(sizes[0], sizes[1], sizes[2])
            : throw new ConfigurationException("model summary", [$"--input: expected sizes such as 3x32x32 or 784, got '{text}'"]);
    }
}

/// <summary>Source-generated JSON of summaries.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ModelSummary))]
internal sealed partial class ModelJsonContext : JsonSerializerContext;
