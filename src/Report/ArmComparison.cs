using Engram.Results;

namespace Engram.Report;

/// <summary>Differences between chosen arms, pooled over all places of a document, as one family of tests.</summary>
/// <param name="Pairs">The arms: <c>A</c> minus <c>B</c>, each by the name of its method, or by a label that fixes swept settings too: <c>balanced (candidates=20)</c>.</param>
/// <param name="Metric">What is compared: a name of <see cref="Metrics"/>, or of one of the document's further measurements.</param>
public sealed record ArmComparison(IReadOnlyList<(string A, string B)> Pairs, string Metric = "acc")
{
    /// <summary>The measures that every document has, by name; fractions, shown in points.</summary>
    private static readonly Dictionary<string, Func<MethodResult, Statistic?>> Measures = new(StringComparer.OrdinalIgnoreCase)
    {
        ["acc"] = method => method.Acc,
        ["bwt"] = method => method.Bwt,
        ["fwt"] = method => method.Fwt,
        ["forgetting"] = method => method.Forgetting,
        ["worst-forgetting"] = method => method.WorstForgetting,
        ["learning-accuracy"] = method => method.LearningAccuracy,
        ["task-incremental-acc"] = method => method.TaskIncrementalAcc,
    };

    /// <summary>Names of the measures that every document has.</summary>
    public static IReadOnlyCollection<string> Metrics => Measures.Keys;

    /// <summary>Reads pairs: <c>balanced; random</c> is the difference balanced − random. A pair said twice is one test.</summary>
    /// <param name="texts">Two arms each, with a semicolon between them.</param>
    /// <param name="metric">What is compared.</param>
    /// <exception cref="FormatException">A text that does not name two different arms.</exception>
    public static ArmComparison Parse(IEnumerable<string> texts, string metric = "acc")
    {
        ArgumentNullException.ThrowIfNull(texts);
        return new ArmComparison([.. texts.Select(text => text.Split(';', StringSplitOptions.TrimEntries) is [{ Length: > 0 } a, { Length: > 0 } b] && a != b
            ? (a, b)
            : throw new FormatException($"report: --compare takes two different arms, 'A; B' for A − B, got '{text}'")).Distinct()], metric);
    }

    /// <summary>The table: a row a pair.</summary>
    /// <exception cref="FormatException">An arm or a measure that the document does not have, or two arms that have no place in common.</exception>
    internal ReportTable TableOf(ResultDocument document)
    {
        Func<MethodResult, Statistic?> metric = MetricOf(document);
        bool fraction = Measures.ContainsKey(Metric);
        PooledDifference[] pooled = [.. Pairs.Select(pair => PooledDifference.Between(PlacesOf(document, pair), metric))];
        double[] corrected = HolmCorrection.Of([.. pooled.Select(one => one.Difference.PValue)]);
        return new ReportTable(
            $"differences of {(fraction ? Metric.ToUpperInvariant() : Metric)} over all places",
            $"Per seed the mean over the places of the difference{(fraction ? ", in points" : "")}; ± half width of the 95 % Student-t interval over the seeds; p of the two-sided t test over them, then "
            + "corrected by Holm's method over this table. Bold: corrected p < 0.05. Higher: places where the mean of the first arm is above that of the second.",
            ["Difference", "Mean", "p", "Holm", "Places", "Higher", "Seeds"],
            [.. Pairs.Select((pair, i) => (IReadOnlyList<TableCell>)
            [
                $"{pair.A} − {pair.B}",
                new TableCell(Text(pooled[i].Difference, fraction), Strong: corrected[i] < 0.05),
                NumberText.Probability(pooled[i].Difference.PValue),
                NumberText.Probability(corrected[i]),
                NumberText.Count(pooled[i].Places),
                NumberText.Count(pooled[i].Higher),
                NumberText.Count(pooled[i].Difference.Pairs),
            ])]);
    }

    private static string Text(PairedDifference difference, bool fraction) => fraction
        ? NumberText.Points(difference.Mean, difference.Ci95)
        : NumberText.Short(new Statistic(difference.Mean, difference.Ci95, []));

    private Func<MethodResult, Statistic?> MetricOf(ResultDocument document)
    {
        if (Measures.TryGetValue(Metric, out Func<MethodResult, Statistic?>? measure))
            return measure;
        string[] extras = [.. document.Methods.SelectMany(method => method.Extras?.Keys ?? []).Distinct(StringComparer.Ordinal)];
        return extras.Contains(Metric)
            ? method => method.Extras?.GetValueOrDefault(Metric)
            : throw new FormatException($"report: --metric: '{document.Name}' has no measure '{Metric}'; {EditDistance.Suggestion(Metric, Measures.Keys.Concat(extras))}");
    }

    // every two entries of the arms whose other settings agree; an arm that lacks a setting stands at all its values
    private static List<(MethodResult, MethodResult)> PlacesOf(ResultDocument document, (string A, string B) pair)
    {
        List<(MethodResult, Dictionary<string, string>)> first = ArmOf(document, pair.A), second = ArmOf(document, pair.B);
        List<(MethodResult, MethodResult)> places = [];
        foreach ((MethodResult a, Dictionary<string, string> at) in first)
        {
            places.AddRange(second.Where(other => Agree(at, other.Item2)).Select(other => (a, other.Item1)));
        }

        return places.Count > 0 ? places : throw new FormatException(
            $"report: '{pair.A}' and '{pair.B}' have no place in common in '{document.Name}'; name the settings that an arm is swept over, e.g. 'name (candidates=20)'");
    }

    private static bool Agree(Dictionary<string, string> a, Dictionary<string, string> b) =>
        (a.Keys.All(b.ContainsKey) || b.Keys.All(a.ContainsKey)) && a.All(pair => !b.TryGetValue(pair.Key, out string? value) || value == pair.Value);

    /// <summary>The entries of an arm, each with its place: the settings that the arm's name does not fix.</summary>
    private static List<(MethodResult Entry, Dictionary<string, string> Place)> ArmOf(ResultDocument document, string arm)
    {
        SettingNames names = new(document);
        string name = document.Methods.Any(method => method.Name == arm) ? arm : arm.Split(" (", 2)[0];
        string[] fixedSettings = name.Length == arm.Length ? [] : arm[(name.Length + 2)..].TrimEnd(')').Split(',', StringSplitOptions.TrimEntries);
        List<(MethodResult, Dictionary<string, string>)> entries = [];
        foreach (MethodResult method in document.Methods.Where(method => method.Name == name))
        {
            var settings = (method.Settings ?? []).ToDictionary(pair => pair.Key, pair => CellResult.ValueText(pair.Value));
            string[] chosen = [.. settings.Keys.Where(key => fixedSettings.Contains($"{names[key]}={settings[key]}") || fixedSettings.Contains($"{key}={settings[key]}"))];
            if (chosen.Length == fixedSettings.Length)
                entries.Add((method, settings.Where(pair => !chosen.Contains(pair.Key)).ToDictionary()));
        }

        string[] labels = [.. document.Methods.Select(method => method.Name).Distinct()];
        return entries.Count > 0 ? entries : throw new FormatException(labels.Contains(name)
            ? $"report: no entry of '{document.Name}' is '{arm}'; there are {string.Join("; ", document.Methods.Where(method => method.Name == name).Select(method => names.LabelOf(method)))}"
            : $"report: there is no method '{name}' in '{document.Name}'; {EditDistance.Suggestion(name, labels)}");
    }
}
