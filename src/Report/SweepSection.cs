using Engram.Results;

namespace Engram.Report;

/// <summary>The grid of a sweep: one row a combination of settings, one column a method.</summary>
internal static class SweepSection
{
    /// <summary>Writes the grid; nothing when no method occurs at several settings.</summary>
    public static void Write(HtmlWriter html, DocumentView view)
    {
        if (!view.IsSweep)
        {
            return;
        }

        html.Element("h3", "Settings");
        html.Element("p", "ACC ± 95 % interval in percent, BWT in small print. Bold: the best mean of the row, whether or not the lead is larger than its interval.");
        var grid = new SweepGrid(view.Document);
        HtmlTable.Write(
            html, "ACC (BWT) by setting and method", ["Setting", .. grid.Methods],
            grid.Settings.Select(setting =>
            {
                var best = grid.Methods.Max(name => grid[setting, name]?.Acc.Mean ?? double.NegativeInfinity);
                return (IReadOnlyList<TableCell>)
                [
                    setting.Length == 0 ? "(no setting)" : setting,
                    .. grid.Methods.Select(name => grid[setting, name] is { } method
                        ? new TableCell(NumberText.Percent(method.Acc), "BWT " + NumberText.Percent(method.Bwt.Mean, 1), Strong: method.Acc.Mean == best)
                        : NumberText.Missing),
                ];
            }),
            cards: true);
    }
}
