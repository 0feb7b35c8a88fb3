namespace Engram.Report;

/// <summary>Maps values of one axis to coordinates, linearly or by the logarithm, and chooses its ticks.</summary>
internal sealed class PlotScale
{
    private readonly double low;
    private readonly double high;
    private readonly double from;
    private readonly double to;
    private readonly bool logarithmic;

    private PlotScale(double low, double high, double from, double to, bool logarithmic, IReadOnlyList<double> ticks)
    {
        (this.low, this.high, this.from, this.to, this.logarithmic) = (low, high, from, to, logarithmic);
        Ticks = ticks;
    }

    /// <summary>Values that get a tick.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>A linear axis that covers the values, ending at round numbers.</summary>
    public static PlotScale Linear(double low, double high, double from, double to, int ticks = 5)
    {
        if (!(high > low))
        {
            (low, high) = (low - 0.05, low + 0.05);
        }

        var rough = (high - low) / ticks;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 2.5 => 2.5, <= 5 => 5, _ => 10 };
        var first = Math.Floor((low / step) + 1e-9);
        var last = Math.Ceiling((high / step) - 1e-9);
        var values = new List<double>();
        for (var i = first; i <= last; i++)
        {
            values.Add(i * step);
        }

        return new PlotScale(first * step, last * step, from, to, false, values);
    }

    /// <summary>A logarithmic axis over [low, high], both positive; ticks at 1, 2, 5 or at the decades, whichever are few enough.</summary>
    public static PlotScale Logarithmic(double low, double high, double from, double to)
    {
        if (!(high > low))
        {
            (low, high) = (low / 2, low * 2);
        }

        var decades = Math.Log10(high / low);
        double[] steps = decades > 2.5 ? [1] : [1, 2, 5];
        var ticks = new List<double>();
        var every = Math.Max(1, (int)Math.Ceiling(decades / 6));
        for (var decade = (int)Math.Floor(Math.Log10(low)); decade <= Math.Ceiling(Math.Log10(high)); decade++)
        {
            foreach (var step in steps)
            {
                var value = step * Math.Pow(10, decade);
                if (decade % every == 0 && value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9))
                {
                    ticks.Add(value);
                }
            }
        }

        return new PlotScale(low, high, from, to, true, ticks);
    }

    /// <summary>Coordinate of a value; values outside the axis end at its border.</summary>
    public double Place(double value)
    {
        var share = logarithmic ? Math.Log(value / low) / Math.Log(high / low) : (value - low) / (high - low);
        return from + (Math.Clamp(share, 0, 1) * (to - from));
    }
}
