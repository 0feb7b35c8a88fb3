using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>
/// The row filters of PNG (none, left, above, average, Paeth): every row is written as a filter's number and the differences to that filter's
/// prediction, the filter being the one with the least sum of absolute differences.
/// </summary>
internal static class RowFilters
{
    private const int Filters = 5;

    /// <summary>Bytes of a filtered image: one more than pixels for every row of every plane.</summary>
    public static int FilteredLength(ImageShape shape) => shape.Channels * shape.Height * (shape.Width + 1);

    /// <summary>Filters an image [channels, height, width].</summary>
    public static void Apply(ReadOnlySpan<byte> planes, ImageShape shape, Span<byte> filtered)
    {
        int width = shape.Width;
        for (int row = 0; row < shape.Channels * shape.Height; row++)
        {
            ReadOnlySpan<byte> line = planes.Slice(row * width, width), above = row % shape.Height == 0 ? default : planes.Slice((row - 1) * width, width);
            Span<byte> target = filtered.Slice(row * (width + 1), width + 1);
            long least = long.MaxValue;
            for (byte filter = 0; filter < Filters; filter++)
            {
                long sum = 0;
                for (int x = 0; x < width; x++)
                    sum += Math.Abs((int)(sbyte)(byte)(line[x] - Predict(filter, line, above, x)));
                if (sum < least)
                    (least, target[0]) = (sum, filter);
            }

            for (int x = 0; x < width; x++)
                target[1 + x] = (byte)(line[x] - Predict(target[0], line, above, x));
        }
    }

    /// <summary>The way back; false for a filter that does not exist.</summary>
    public static bool TryUndo(ReadOnlySpan<byte> filtered, ImageShape shape, Span<byte> planes)
    {
        int width = shape.Width;
        for (int row = 0; row < shape.Channels * shape.Height; row++)
        {
            Span<byte> line = planes.Slice(row * width, width);
            ReadOnlySpan<byte> above = row % shape.Height == 0 ? default : planes.Slice((row - 1) * width, width), source = filtered.Slice(row * (width + 1), width + 1);
            if (source[0] >= Filters)
                return false;
            for (int x = 0; x < width; x++)
                line[x] = (byte)(source[1 + x] + Predict(source[0], line, above, x));
        }

        return true;
    }

    private static int Predict(byte filter, ReadOnlySpan<byte> line, ReadOnlySpan<byte> above, int x)
    {
        int left = x > 0 ? line[x - 1] : 0, up = above.IsEmpty ? 0 : above[x];
        if (filter < 4)
            return filter switch { 0 => 0, 1 => left, 2 => up, _ => (left + up) / 2 };
        int corner = x > 0 && !above.IsEmpty ? above[x - 1] : 0, guess = left + up - corner;
        int a = Math.Abs(guess - left), b = Math.Abs(guess - up), c = Math.Abs(guess - corner);
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }
}
