using System.Globalization;
using System.Text;

namespace Engram;

/// <summary>Prints a tensor the way numpy does: nested brackets, long axes shortened in the middle.</summary>
internal static class TensorPrinter
{
    private const int Edge = 3;
    private const int LongestWhole = 2 * Edge + 2;

    public static string Print(in Tensor tensor)
    {
        var text = new StringBuilder("Tensor ").Append(tensor.Layout).Append(' ');
        float[] elements = tensor.ToArray();
        Append(text, elements, tensor.Shape, 0, 0, 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, float[] elements, int[] shape, int axis, int start, int indent)
    {
        if (axis == shape.Length)
        {
            text.Append(elements[start].ToString("G6", CultureInfo.InvariantCulture));
            return;
        }
        int inner = 1;
        for (int i = axis + 1; i < shape.Length; i++)
            inner *= shape[i];
        bool last = axis == shape.Length - 1;
        text.Append('[');
        for (int i = 0; i < shape[axis]; i++)
        {
            if (i > 0)
                text.Append(last ? ", " : ",\n" + new string(' ', indent + 1));
            if (shape[axis] > LongestWhole && i == Edge)
            {
                text.Append('…');
                i = shape[axis] - Edge - 1;
                continue;
            }
            Append(text, elements, shape, axis + 1, start + i * inner, indent + 1);
        }
        text.Append(']');
    }
}
