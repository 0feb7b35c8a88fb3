using Engram.Results;

namespace Engram.Report;

/// <summary>A method at one place of a grid: its result, what is missing of it, or both where some seeds are done.</summary>
/// <param name="Method">The result; <c>null</c> when no seed is done.</param>
/// <param name="Missing">The seeds without a result; <c>null</c> when there are none.</param>
internal sealed record GridEntry(MethodResult? Method, MissingResult? Missing)
{
    /// <summary>What stands in the place of a result that is not there.</summary>
    public string Absence => Missing?.Reason.Contains("not there", StringComparison.Ordinal) == true ? "no data" : "not run";

    /// <summary>How many of its seeds are done; <c>null</c> when all or none are.</summary>
    public string? Progress => Method is null || Missing is null ? null : $"{Method.Seeds.Count} of {Method.Seeds.Count + Missing.Seeds.Count} seeds";

    /// <summary>Text about the result, or why there is none; a partial result says how many seeds it has.</summary>
    /// <param name="text">Writes the result.</param>
    public string Text(Func<MethodResult, string> text) =>
        Method is null ? Absence : Progress is null ? text(Method) : $"{text(Method)} ({Progress})";

    /// <summary>A cell with the result, and in small print how many seeds are done and a remark.</summary>
    /// <param name="text">Writes the result.</param>
    /// <param name="remark">Writes the remark; may give <c>null</c>.</param>
    public TableCell Cell(Func<MethodResult, string> text, Func<MethodResult, string?> remark)
    {
        if (Method is null)
            return Absence;
        string small = string.Join("; ", new[] { Progress, remark(Method) }.OfType<string>());
        return new TableCell(text(Method), small.Length == 0 ? null : small);
    }
}
