using System.Security.Cryptography;
using System.Runtime.InteropServices;
using System.Text.Json;
using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models.Tests;

/// <summary>A case of golden/cases.json: the network, and inputs and labels by the rules of golden/twins.py.</summary>
internal sealed class GoldenCase
{
    private const int Samples = 32;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, PropertyNameCaseInsensitive = true };

    private GoldenCase(JsonElement json)
    {
        Text = json.GetRawText();
        Name = json.GetProperty("name").GetString()!;
        int[] shape = [.. json.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];
        Options = json.GetProperty("model").Deserialize<ModelOptions>(Json)!;
        Options = Options with { Input = new ImageShape(shape[0], shape[1], shape[2]), Outputs = json.GetProperty("outputs").GetInt32() };
        Batch = json.GetProperty("batch").GetInt32();
        Seed = json.TryGetProperty("seed", out JsonElement seed) ? seed.GetInt32() : 0;
        LearningRate = json.GetProperty("learningRate").GetDouble();
    }

    public static IReadOnlyList<GoldenCase> All { get; } =
        [.. JsonDocument.Parse(File.ReadAllText(PathOf("cases.json"))).RootElement.EnumerateArray().Select(json => new GoldenCase(json))];

    public string Name { get; }

    /// <summary>The case as it stands in the file.</summary>
    public string Text { get; }

    public ModelOptions Options { get; }

    public int Batch { get; }

    public double LearningRate { get; }

    /// <summary>Chosen so that no rounding error of single precision turns a ReLU over in these ten steps; such a turn is no error, but hides one.</summary>
    public int Seed { get; }

    public string WeightFile => Name.Replace(' ', '-').Replace(",", "") + ".safetensors";

    public static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "golden", file);

    /// <summary>The weights that the trajectory begins with.</summary>
    public static Tensor Start(Model model) => model.CreateValues(Device.Host, 11);

    /// <summary>SHA-256 over the parameters in the order of their names.</summary>
    public static string Checksum(Model model, in Tensor values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Parameter parameter in model.Parameters.OrderBy(parameter => parameter.Name, StringComparer.Ordinal))
            hash.AppendData(MemoryMarshal.AsBytes<float>(parameter.Of(values).ToArray()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public float[] Inputs(int step)
    {
        var x = new float[Batch * Options.Input.Features];
        for (int i = 0; i < x.Length; i++)
            x[i] = (Hash((uint)i + (1_000_003u * (uint)(step + 1 + (100 * Seed)))) >> 15) / 65536f - 1;
        return x;
    }

    public int[] Labels(int step)
    {
        var labels = new int[Batch];
        for (int i = 0; i < Batch; i++)
            labels[i] = (int)(Hash((uint)i + 77_000_001u + (1009u * (uint)step)) % (uint)Options.Outputs);
        return labels;
    }

    /// <summary>Norm, product with a ±1 vector, and up to 32 elements.</summary>
    public static double[] Sketch(float[] elements)
    {
        double norm = 0, product = 0;
        for (int i = 0; i < elements.Length; i++)
        {
            norm += (double)elements[i] * elements[i];
            product += (Hash((uint)i + 5) & 1) == 0 ? elements[i] : -(double)elements[i];
        }
        IEnumerable<int> positions = Enumerable.Range(0, Math.Min(Samples, elements.Length));
        if (elements.Length > Samples)
            positions = positions.Select(i => (int)(Hash((uint)(i + elements.Length)) % (uint)elements.Length));
        return [Math.Sqrt(norm), product, .. positions.Select(i => (double)elements[i])];
    }

    private static uint Hash(uint v)
    {
        v = (v ^ (v >> 16)) * 0x7FEB352D;
        v = (v ^ (v >> 15)) * 0x846CA68B;
        return v ^ (v >> 16);
    }
}
