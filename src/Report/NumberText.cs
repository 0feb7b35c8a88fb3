using System.Globalization;
using Engram.Results;

namespace Engram.Report;

/// <summary>Numbers as the reports print them: invariant culture, a dash where nothing was measured.</summary>
internal static class NumberText
{
    /// <summary>Printed where a value is undefined or was not measured.</summary>
    public const string Missing = "–";

    /// <summary>A fraction in percent: 0.8719 → <c>87.19</c>.</summary>
    public static string Percent(double fraction, int decimals = 2) => Fixed(100 * fraction, decimals);

    /// <summary>A fraction with its interval, in percent: <c>87.19 ± 0.42</c>; without an interval only the mean.</summary>
    public static string Percent(Statistic? statistic) =>
        statistic is null || double.IsNaN(statistic.Mean) ? Missing
        : double.IsNaN(statistic.Ci95) ? Percent(statistic.Mean)
        : $"{Percent(statistic.Mean)} ± {Percent(statistic.Ci95)}";

    /// <summary>A difference of fractions with its sign, in points: <c>+5.10 ± 0.80</c>.</summary>
    public static string Points(double difference, double interval)
    {
        if (double.IsNaN(difference))
        {
            return Missing;
        }

        var text = Percent(Math.Abs(difference));
        var sign = text.Trim('0', '.').Length == 0 ? "" : difference < 0 ? "−" : "+";
        return double.IsNaN(interval) ? sign + text : $"{sign}{text} ± {Percent(interval)}";
    }

    /// <summary>A number with a fixed count of decimals and a true minus sign.</summary>
    public static string Fixed(double value, int decimals)
    {
        if (double.IsNaN(value))
        {
            return Missing;
        }

        var text = value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return text.Trim('0', '.', '-', ',').Length == 0 ? text.TrimStart('-') : text.Replace('-', '−');
    }

    /// <summary>A positive quantity with about three significant digits.</summary>
    public static string Short(double value) =>
        double.IsNaN(value) ? Missing
        : value >= 100 ? Fixed(value, 0)
        : value >= 10 ? Fixed(value, 1)
        : value >= 0.1 || value == 0 ? Fixed(value, 2)
        : value >= 0.001 ? Fixed(value, 4)
        : value.ToString("0.##e0", CultureInfo.InvariantCulture);

    /// <summary>A statistic of any unit, mean and interval to the same digit: <c>0.410 ± 0.031</c>.</summary>
    public static string Short(Statistic statistic)
    {
        if (double.IsNaN(statistic.Mean) || double.IsNaN(statistic.Ci95))
        {
            return Short(statistic.Mean);
        }

        var decimals = Math.Abs(statistic.Mean) switch { >= 100 => 1, >= 10 => 2, >= 0.1 => 3, _ => 5 };
        return $"{Fixed(statistic.Mean, decimals)} ± {Fixed(statistic.Ci95, decimals)}";
    }

    /// <summary>A count with separators: 158,000.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Bytes for an axis: 10 B, 1 kB, 100 kB, 1 MB (powers of ten).</summary>
    public static string ByteTick(double bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        var unit = 0;
        while (bytes >= 1000 && unit < units.Length - 1)
        {
            bytes /= 1000;
            unit++;
        }

        return $"{bytes.ToString("0.##", CultureInfo.InvariantCulture)} {units[unit]}";
    }

    /// <summary>Bytes as megabytes (powers of ten): <c>4.21 MB</c>.</summary>
    public static string Megabytes(long bytes) => Short(bytes / 1e6) + " MB";

    /// <summary>A number for an axis, as short as it goes.</summary>
    public static string ShortTick(double value) => value.ToString("#,0.###", CultureInfo.InvariantCulture);

    /// <summary>A p value: <c>0.031</c>, <c>&lt; 0.001</c>.</summary>
    public static string Probability(double p) =>
        double.IsNaN(p) ? Missing : p < 0.001 ? "< 0.001" : p.ToString("0.000", CultureInfo.InvariantCulture);
}
