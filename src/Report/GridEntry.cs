using Engram.Results;

namespace Engram.Report;

/// <summary>A method at one place of a grid: its result, what is missing of it, or both where some seeds are done.</summary>
/// <param name="Method">The result; <c>null</c> when no seed is done.</param>
/// <param name="Missing">The seeds without a result; <c>null</c> when there are none.</param>
internal sealed record GridEntry(MethodResult? Method, MissingResult? Missing)
{
    /// <summary>Text about the result, or why there is none; a partial result says how many seeds it has.</summary>
    /// <param name="text">Writes the result.</param>
    public string Text(Func<MethodResult, string> text) =>
        Method is null ? Missing?.Reason.Contains("not there", StringComparison.Ordinal) == true ? "no data" : "not run"
        : Missing is null ? text(Method)
        : $"{text(Method)} ({Method.Seeds.Count} of {Method.Seeds.Count + Missing.Seeds.Count} seeds)";
}
