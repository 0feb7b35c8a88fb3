using Engram.Benchmarking.Families;

namespace Engram.Benchmarking;

/// <summary>The one list of families. A new family is one file in <c>Families/</c> and one entry here.</summary>
public static class WorkloadCatalog
{
    /// <summary>All families, in the order in which they run.</summary>
    public static IReadOnlyList<IWorkloadFamily> Families { get; } =
    [
        new GemmFamily(),
        new ConvolutionFamily(),
        new ElementwiseFamily(),
        new FoldFamily(),
        new SoftmaxLossFamily(),
        new NormalizationFamily(),
        new UnitFamily(),
        new OptimizerFamily(),
        new ProjectionFamily(),
        new GramFamily(),
        new SvdFamily(),
        new StepFamily(),
        new NetworkFamily(),
        new ScoringFamily(),
    ];

    /// <summary>The cases whose name contains one of the texts; all without texts. Cases on demand are chosen by their full names only.</summary>
    /// <param name="filters">Texts; several, separated by commas, add up.</param>
    /// <param name="quick">Only those of the short form.</param>
    /// <exception cref="FormatException">Nothing is left.</exception>
    public static IReadOnlyList<WorkloadCase> Select(IEnumerable<string> filters, bool quick)
    {
        string[] texts = [.. filters.SelectMany(filter => filter.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
        WorkloadCase[] named = [.. Families.SelectMany(family => family.Cases())
            .Where(one => one.OnDemand ? texts.Contains(one.Name, StringComparer.OrdinalIgnoreCase)
                : texts.Length == 0 || texts.Any(text => one.Name.Contains(text, StringComparison.OrdinalIgnoreCase)))];
        if (named.Length == 0)
            throw new FormatException($"--filter: no workload's name contains '{string.Join("' or '", texts)}'; families: {string.Join(", ", Families.Select(family => family.Name))}. 'engram bench --list' prints all names.");
        WorkloadCase[] chosen = [.. named.Where(one => !quick || one.Quick)];
        // a filter that names nothing of the short form means those workloads themselves
        return chosen.Length > 0 ? chosen : named;
    }
}
