using System.Diagnostics;
using System.Text.Json;
using Engram.Autograd;
using Engram.Formats;
using Engram.Kernels;

namespace Engram.Models.Tests;

/// <summary>State dicts in both directions against a living PyTorch, where there is one (golden/interchange.py).</summary>
public class InterchangeTests
{
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<bool> HasTorch = new(() => File.Exists(Python) && Run("-c", "import torch, numpy").ExitCode == 0);

    [SkippableTheory]
    [InlineData("resnet18 width 20")]
    [InlineData("resnet18 width 64")]
    [InlineData("mixer 28x28")]
    [InlineData("vit 32x32, class token")]
    [InlineData("mgem-cnn")]
    public void Files_load_strictly_in_either_engine_and_give_the_others_logits(string name)
    {
        Skip.IfNot(HasTorch.Value, $"no {Python} with PyTorch here");
        GoldenCase golden = GoldenCase.All.Single(candidate => candidate.Name == name);
        Model model = golden.Options.Create();
        using Tensor values = GoldenCase.Start(model), state = model.CreateState(Device.Host);
        Stir(model, state);
        string folder = Directory.CreateTempSubdirectory("interchange").FullName;
        try
        {
            string caseFile = Path.Combine(folder, "case.json"), ours = Path.Combine(folder, "ours.safetensors"), theirs = Path.Combine(folder, "theirs.safetensors");
            File.WriteAllText(caseFile, golden.Text);
            ModelFile.Save(ours, model, values, state);
            (int exit, string output, string errors) = Run(GoldenCase.PathOf("interchange.py"), caseFile, ours, theirs);
            Assert.True(exit == 0, errors);
            JsonElement answer = JsonDocument.Parse(output).RootElement;
            AssertClose(answer.GetProperty("evaluation"), Logits(golden, model, values, state, training: false));
            if (answer.TryGetProperty("torchvision", out JsonElement torchvision))
                AssertClose(torchvision, Logits(golden, model, values, state, training: false));
            AssertClose(answer.GetProperty("training"), Logits(golden, model, values, state, training: true));

            ModelFile.Load(theirs, model, values, state);
            AssertClose(answer.GetProperty("saved"), Logits(golden, model, values, state, training: false));
            Assert.All(model.State.Where(statistic => statistic.Layout.Rank == 0), counter => Assert.Equal(3, counter.Of(state).ToScalar()));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Running_statistics_survive_a_file_with_counters_as_integers()
    {
        Model model = new ResNet18Options { Width = 3, Input = new ImageShape(2, 8, 9), Outputs = 4 }.Create();
        using Tensor values = model.CreateValues(Device.Host, 1), state = model.CreateState(Device.Host), loaded = Tensor.Zeros(Device.Host, values.Count), loadedState = model.CreateState(Device.Host);
        Stir(model, state);
        string path = Path.GetTempFileName();
        try
        {
            ModelFile.Save(path, model, values, state);
            using (SafetensorsFile file = SafetensorsFile.Open(path))
            {
                Assert.Equal((ElementType.I64, 0), (file.Require("layer2.0.downsample.1.num_batches_tracked").Type, file.Require("bn1.num_batches_tracked").Shape.Length));
                Assert.Equal(model.Parameters.Count + model.State.Count, file.Entries.Count);
            }
            ModelFile.Load(path, model, loaded, loadedState);
            Assert.Equal(values.ToArray(), loaded.ToArray());
            Assert.Equal(state.ToArray(), loadedState.ToArray());
            Assert.Contains("running statistics", Assert.Throws<ArgumentException>(() => ModelFile.Save(path, model, values)).Message);
            Assert.Contains("running statistics", Assert.Throws<ArgumentException>(() => ModelFile.Load(path, model, loaded)).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Stir(Model model, in Tensor state)
    {
        foreach (Parameter statistic in model.State)
        {
            Tensor place = statistic.Of(state);
            if (statistic.Layout.Rank == 0)
                place.Fill(17);
            else
                Device.Host.FillUniform(RandomStream.For(4, statistic.Name), place.View, statistic.Name.EndsWith("var", StringComparison.Ordinal) ? 0.5f : -0.3f, statistic.Name.EndsWith("var", StringComparison.Ordinal) ? 2f : 0.3f);
        }
    }

    private static float[] Logits(GoldenCase golden, Model model, in Tensor values, in Tensor state, bool training)
    {
        using var tape = new Tape(Device.Host);
        using Tensor kept = state.IsEmpty ? default : state.Clone();
        tape.BeginNoGrad(model.Parameters, values);
        tape.Attach(model.State, kept, training, default);
        return model.Forward(tape.Constant(Tensor.From(Device.Host, golden.Inputs(0), golden.Batch, model.Inputs))).Value.ToArray();
    }

    private static void AssertClose(JsonElement expected, float[] found)
    {
        double[] golden = [.. expected.EnumerateArray().Select(e => e.GetDouble())];
        Assert.Equal(golden.Length, found.Length);
        double scale = Math.Sqrt(golden.Average(v => v * v)), worst = golden.Zip(found).Max(pair => Math.Abs(pair.First - pair.Second));
        Assert.True(worst <= 1e-4 * scale, $"off by {worst:E2} where values are of size {scale:G3}");
    }

    private static (int ExitCode, string Output, string Errors) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
