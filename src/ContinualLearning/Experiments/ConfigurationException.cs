namespace Engram.ContinualLearning.Experiments;

/// <summary>A configuration that cannot be run, with everything that is wrong with it.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>Names the source and its problems.</summary>
    /// <param name="source">The file or preset.</param>
    /// <param name="problems">One sentence each, at least one.</param>
    public ConfigurationException(string source, IReadOnlyList<string> problems)
        : base(Text(source, problems))
    {
        Source = source;
        Problems = problems;
    }

    /// <summary>All problems, one sentence each.</summary>
    public IReadOnlyList<string> Problems { get; }

    private static string Text(string source, IReadOnlyList<string> problems) =>
        $"{source}: {problems.Count} {(problems.Count == 1 ? "problem" : "problems")}" + string.Concat(problems.Select(problem => "\n  - " + problem));
}
