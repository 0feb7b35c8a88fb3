using System.Globalization;
using System.Text;

namespace Engram.Models;

/// <summary>A network's layers in the order in which they run, with shapes, parameters, operations and memory; <see cref="ToString"/> is a table.</summary>
/// <param name="Model">The network's name.</param>
/// <param name="Batch">Samples that memory is counted for.</param>
/// <param name="Layers">One line per layer.</param>
/// <param name="EvaluationBytes">Step memory of a forward pass without gradient over the whole batch.</param>
public sealed record ModelSummary(string Model, int Batch, IReadOnlyList<LayerSummary> Layers, long EvaluationBytes)
{
    /// <summary>Parameters of all layers.</summary>
    public long Parameters => Layers.Sum(layer => (long)layer.Parameters);

    /// <summary>Operations for one sample, forward; see <see cref="LayerSummary.Flops"/>.</summary>
    public long Flops => Layers.Sum(layer => layer.Flops);

    /// <summary>Bytes kept from forward to backward for the whole batch.</summary>
    public long KeptBytes => Layers.Sum(layer => layer.KeptBytes);

    /// <summary>The table: name, kind, output of one sample, parameters, millions of operations per sample, KiB kept for the batch.</summary>
    public override string ToString()
    {
        string[][] rows =
        [
            ["layer", "kind", "output", "parameters", "MFLOP", $"kept KiB, batch {Batch}"],
            .. Layers.Select(layer => Row(layer.Name, layer.Kind, string.Join('×', layer.OutputShape), layer.Parameters, layer.Flops, layer.KeptBytes)),
            Row("total", Model, "", Parameters, Flops, KeptBytes),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        for (int r = 0; r < rows.Length; r++)
        {
            if (r == 1 || r == rows.Length - 1)
                text.AppendLine(new string('-', widths.Sum() + (2 * (widths.Length - 1))));
            string line = string.Join("  ", rows[r].Select((cell, column) => column < 3 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column])));
            text.AppendLine(line);
        }
        return text.ToString();
    }

    private static string[] Row(string name, string kind, string output, long parameters, long flops, long kept) =>
        [name, kind, output, Number(parameters, "N0"), Number(flops / 1e6, "N3"), Number(kept / 1024.0, "N1")];

    private static string Number(double value, string format) => value == 0 ? "" : value.ToString(format, CultureInfo.InvariantCulture);
}
