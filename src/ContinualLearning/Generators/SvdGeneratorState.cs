namespace Engram.ContinualLearning;

/// <summary>One <see cref="SvdGenerator"/> in a checkpoint.</summary>
internal static class SvdGeneratorState
{
    /// <summary>Adds the arrays of a generator, each under the name and a suffix.</summary>
    public static void Save(CheckpointWriter writer, string name, SvdGenerator generator)
    {
        writer.Array($"{name}.fit", new[] { generator.Fit.Task, generator.Fit.Label, generator.Fit.Samples, generator.Rank });
        generator.Basis.Save(writer, $"{name}.basis", $"{name}.scales");
        writer.Array($"{name}.mean", [generator.Rank], generator.MeanMemory);
        writer.Array($"{name}.spread", [generator.Spread.Length], generator.Spread);
    }

    /// <summary>Reads a generator back, checked for its task, class and rank.</summary>
    /// <exception cref="CheckpointException">Something is missing, of another size, or out of range.</exception>
    public static SvdGenerator Load(CheckpointReader reader, string name, int features, int mostRank, GeneratorForm form, GeneratorPayload payload)
    {
        var fit = new int[4];
        reader.Integers($"{name}.fit", fit, 0, int.MaxValue);
        int rank = fit[3];
        if (fit[0] >= reader.Tasks || fit[1] >= reader.Outputs || fit[2] < 1 || rank < 1 || rank > mostRank)
            throw reader.Unusable($"{name} with a known task and class and a rank of 1 to {mostRank}", $"[{string.Join(", ", fit)}]",
                "The file is damaged; use an older checkpoint.");
        PackedRows basis = PackedRows.Load(reader, $"{name}.basis", $"{name}.scales", rank, features, payload);
        var mean = new float[rank];
        var spread = new float[form == GeneratorForm.Paper ? rank * rank : rank];
        reader.Floats($"{name}.mean", mean, rank);
        reader.Floats($"{name}.spread", spread, spread.Length);
        return new SvdGenerator(form, new GeneratorFit(fit[0], fit[1], fit[2], rank), basis, mean, spread);
    }
}
