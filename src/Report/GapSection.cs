using Engram.Results;
using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>
/// The generalization gap of gradient constraints: how much better updates agree with old tasks on the memory than on the tasks' data, one line a method,
/// and the table of all its inner products.
/// </summary>
internal static class GapSection
{
    private const double Width = 480, Height = 340, Left = 52, Right = 470, Top = 34, Bottom = 290;

    /// <summary>Heading of figure and table.</summary>
    public const string Heading = "Generalization gap of the constraints";

    private static readonly (string Name, Func<ConstraintGapRow, double> Value, bool Share)[] Quantities =
    [
        ("cos on memory", row => row.MemoryCosine, false),
        ("cos on data", row => row.DataCosine, false),
        ("gap of cos", row => row.MemoryCosine - row.DataCosine, false),
        ("inner product on memory", row => row.Memory, false),
        ("inner product on data", row => row.Data, false),
        ("inner product with the new task's data", row => row.New, false),
        ("held on memory, %", row => row.Held, true),
        ("violated on data, %", row => row.Violated, true),
        ("held on memory, violated on data, %", row => row.Hidden, true),
    ];

    /// <summary>Names of the table's columns.</summary>
    public static IReadOnlyList<string> Columns => ["Method", .. Quantities.Select(quantity => quantity.Name)];

    /// <summary>The methods of a document that were measured.</summary>
    public static IReadOnlyList<MethodResult> Measured(IEnumerable<MethodResult> methods) => [.. methods.Where(method => method.ConstraintGaps is not null)];

    /// <summary>One row of the table: means over the measured pairs of each seed, then over the seeds.</summary>
    public static IEnumerable<string> Row(MethodResult method) => Quantities.Select(quantity =>
    {
        var value = Over(method, quantity.Value);
        return quantity.Share ? NumberText.Percent(value) : NumberText.Short(value);
    });

    /// <summary>A quantity of a method over its seeds; the rows of a seed weigh as their pairs of step and finished task do.</summary>
    public static Statistic Over(MethodResult method, Func<ConstraintGapRow, double> quantity) => Statistic.Of([.. method.ConstraintGaps!.Select(rows =>
    {
        var weight = rows.Sum(row => (double)row.Steps * row.Task);
        return weight == 0 ? double.NaN : rows.Sum(row => row.Steps * row.Task * quantity(row)) / weight;
    })]);

    /// <summary>Writes figure and table; nothing where nothing was measured.</summary>
    public static void Write(HtmlWriter html, DocumentView view)
    {
        var measured = Measured(view.Shown);
        if (measured.Count == 0)
        {
            return;
        }

        html.Element("h3", Heading);
        html.Element("p", "z is the update (the gradient after the constraint), taken every few steps; its inner products are with the gradients of every finished task "
            + "on the memory and on the task's training images, at the same parameters. The gap is the first minus the second: what the constraint protects beyond what it "
            + "protects in truth. The lines: the gap of the cosines, and the share of constraints that hold on the memory while "
            + "the data's are violated, while each task is learned.");
        using (html.Open("div", ("class", "beside stacked")))
        {
            MethodResult[] withMemory = [.. measured.Where(method => !double.IsNaN(Over(method, row => row.MemoryCosine).Mean))];
            using (html.Open("div", ("class", "maps wide")))
            {
                using (html.Open("figure"))
                {
                    WritePlot(html, view, withMemory, Heading, "cos(z, memory) − cos(z, data)", row => row.MemoryCosine - row.DataCosine);
                }

                using (html.Open("figure"))
                {
                    WritePlot(html, view, withMemory, "Hidden violations of the constraints", "held on memory, violated on data, %", row => 100 * row.Hidden);
                }
            }

            HtmlTable.Write(
                html, "Means over measured steps and finished tasks ± 95 % interval over the seeds", Columns,
                measured.Select(method => (IReadOnlyList<TableCell>)
                    [new TableCell(view.LabelOf(method), Series: view.SeriesOf(method)), .. Row(method).Select(text => new TableCell(text))]),
                cards: true);
        }
    }

    private static void WritePlot(HtmlWriter html, DocumentView view, MethodResult[] methods, string title, string axis, Func<ConstraintGapRow, double> quantity)
    {
        var curves = methods.Select(method => Curve(method, quantity)).ToArray();
        var values = curves.SelectMany(curve => curve).Select(point => point.Value).Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
        var tasks = curves.SelectMany(curve => curve).Select(point => point.Task).DefaultIfEmpty(1).Max();
        var vertical = PlotScale.Linear(Math.Min(0, values.Min()), Math.Max(0, values.Max()), Bottom, Top);
        double Place(int task) => tasks == 1 ? 0.5 * (Left + Right) : Left + 10 + ((task - 1.0) / (tasks - 1) * (Right - Left - 20));
        using (Figure.Open(html, Width, Height, $"{title}, {view.Title}",
            axis + ": " + string.Join("; ", methods.Select(m => $"{view.LabelOf(m)} {NumberText.Short(Over(m, quantity).Mean)}")) + "."))
        {
            Figure.VerticalAxis(html, vertical, Left, Right, Top, axis, NumberText.ShortTick);
            Figure.Line(html, Left, Bottom, Right, Bottom, "frame");
            for (var task = 1; task <= tasks; task += Math.Max(1, (tasks + 9) / 10))
            {
                Figure.Label(html, Place(task), Bottom + 18, Number(task + 1));
            }

            Figure.Label(html, 0.5 * (Left + Right), Bottom + 37, "task that is learned", "middle", "axis");
            for (var i = 0; i < methods.Length; i++)
            {
                var series = view.SeriesOf(methods[i])!.Value;
                var points = curves[i].Where(point => double.IsFinite(point.Value)).ToArray();
                html.Leaf("polyline", ("class", "line " + SeriesMark.ColorClass(series)), ("stroke-dasharray", SeriesMark.Dash(series)),
                    ("points", string.Join(" ", points.Select(p => $"{Number(Place(p.Task))},{Number(vertical.Place(p.Value))}"))));
                foreach (var (task, value) in points)
                {
                    SeriesMark.Write(html, series, Place(task), vertical.Place(value), 3);
                }
            }
        }
    }

    // while each task is learned, mean over the seeds
    private static (int Task, double Value)[] Curve(MethodResult method, Func<ConstraintGapRow, double> quantity) =>
        [.. method.ConstraintGaps!.SelectMany(rows => rows).GroupBy(row => row.Task).OrderBy(group => group.Key).Select(group => (group.Key, group.Average(quantity)))];
}
