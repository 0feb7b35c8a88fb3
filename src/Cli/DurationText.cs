using System.Globalization;

namespace Engram.Cli;

/// <summary>Times as people say them: <c>4.2 s</c>, <c>3 min 20 s</c>, <c>5 h 10 min</c>.</summary>
internal static class DurationText
{
    /// <summary>The time in the two largest units that matter.</summary>
    public static string Of(TimeSpan time)
    {
        CultureInfo plain = CultureInfo.InvariantCulture;
        if (time.TotalSeconds < 10)
            return string.Create(plain, $"{time.TotalSeconds:F1} s");
        if (time.TotalMinutes < 1)
            return string.Create(plain, $"{time.TotalSeconds:F0} s");
        return time.TotalHours < 1
            ? string.Create(plain, $"{(int)time.TotalMinutes} min {time.Seconds} s")
            : string.Create(plain, $"{(int)time.TotalHours} h {time.Minutes} min");
    }
}
