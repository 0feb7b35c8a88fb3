using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Engram.Benchmarks.Bdn;

/// <summary>A column computed from a case's median and its workload's price.</summary>
internal sealed class FigureColumn(Figure figure, string name, string legend) : IColumn
{
    public string Id => "Engram." + figure;

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => (int)figure;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => legend;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        if (summary[benchmarkCase]?.ResultStatistics is not { } statistics)
            return "NA";
        string workload = (string)benchmarkCase.Parameters[nameof(FamilyBenchmarks.Workload)], device = (string)benchmarkCase.Parameters[nameof(FamilyBenchmarks.On)];
        double value = WorkloadFigures.Of(figure, workload, FamilyBenchmarks.ThreadsOf(device), statistics.Median * 1e-9);
        return double.IsNaN(value) ? "NA" : value.ToString(figure == Figure.Roof ? "F0" : "F2", CultureInfo.InvariantCulture);
    }

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public override string ToString() => ColumnName;
}
