using Engram.Results;

namespace Engram.Report;

/// <summary>A document as one section of the page sees it: its title and the methods that its figures show.</summary>
internal sealed class DocumentView
{
    /// <summary>More entries than this make a figure unreadable.</summary>
    private const int MostShown = 12;

    public DocumentView(ResultDocument document, string title, string id)
    {
        Document = document;
        Names = new SettingNames(document);
        Title = title;
        Id = id;
        Shown = document.Methods.Count <= MostShown
            ? document.Methods
            : [.. document.Methods.GroupBy(m => m.Name, StringComparer.Ordinal).Select(Best)];
        IsSelection = Shown.Count < document.Methods.Count;
        IsSweep = document.Methods.GroupBy(m => m.Name, StringComparer.Ordinal).Any(group => group.Count() > 1);
    }

    /// <summary>The document.</summary>
    public ResultDocument Document { get; }

    /// <summary>Short names of its settings.</summary>
    public SettingNames Names { get; }

    /// <summary>Its name, made different from the names of the other documents.</summary>
    public string Title { get; }

    /// <summary>Anchor of its section.</summary>
    public string Id { get; }

    /// <summary>The entries that figures show; the position is the number of the series.</summary>
    public IReadOnlyList<MethodResult> Shown { get; }

    /// <summary>Whether the figures leave entries out (each method is shown at its best setting only).</summary>
    public bool IsSelection { get; }

    /// <summary>Whether some method occurs at several settings.</summary>
    public bool IsSweep { get; }

    /// <summary>Number of the series of an entry; <c>null</c> when figures leave it out.</summary>
    public int? SeriesOf(MethodResult method)
    {
        for (var i = 0; i < Shown.Count; i++)
        {
            if (ReferenceEquals(Shown[i], method))
            {
                return i;
            }
        }

        return null;
    }

    /// <summary>A method with its settings, as the page names it.</summary>
    public string LabelOf(MethodResult method) => Names.LabelOf(method);

    private static MethodResult Best(IEnumerable<MethodResult> group) =>
        group.MaxBy(method => double.IsNaN(method.Acc.Mean) ? double.NegativeInfinity : method.Acc.Mean)!;
}
