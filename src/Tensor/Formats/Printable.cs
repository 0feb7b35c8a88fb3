using System.Globalization;
using System.Text;

namespace Engram.Formats;

/// <summary>Makes text and shapes from untrusted files fit for an error message: short, and without control characters.</summary>
internal static class Printable
{
    private const int MaxLength = 80;
    private const int MaxDimensions = 16;

    public static string Text(string text)
    {
        var shown = new StringBuilder(Math.Min(text.Length, MaxLength) + 1);
        foreach (char c in text)
        {
            if (shown.Length == MaxLength)
            {
                return shown.Append('…').ToString();
            }

            // a terminal must not be steered by a tensor's name, nor a log receive half a character
            shown.Append(char.IsControl(c) || char.IsSurrogate(c) ? '\uFFFD' : c);
        }

        return shown.ToString();
    }

    public static string Shape(ReadOnlySpan<long> shape)
    {
        var shown = new StringBuilder("[");
        for (int d = 0; d < shape.Length; d++)
        {
            if (d == MaxDimensions)
            {
                shown.Append(CultureInfo.InvariantCulture, $", … {shape.Length} dimensions");
                break;
            }

            shown.Append(d == 0 ? "" : ", ").Append(shape[d].ToString(CultureInfo.InvariantCulture));
        }

        return shown.Append(']').ToString();
    }
}
