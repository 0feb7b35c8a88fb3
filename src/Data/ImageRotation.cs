using System.Globalization;

namespace Engram.Data;

/// <summary>
/// Rotates images by a fixed angle, <b>counter-clockwise as seen on screen</b>, about the centre of the image
/// ((13.5, 13.5) for 28×28), without enlarging them: corners that leave are cut off, corners that open are 0.
/// </summary>
/// <remarks>
/// Pixel (x, y) of the result, x to the right and y down, shows the original at
/// <c>x' = c + cos·(x − c) − sin·(y − c)</c>, <c>y' = c + sin·(x − c) + cos·(y − c)</c>: at 90° the top edge becomes the left edge.
/// This is the convention of the published rotated-MNIST benchmarks. Where each pixel comes from is worked out once per angle.
/// </remarks>
public sealed class ImageRotation : IImageTransform
{
    private const int One = 256;

    private readonly int[] _to;
    private readonly int[] _from;

    // bilinear: four sources and four weights (of 65536) per target
    private readonly int[] _weights;

    /// <summary>Prepares a rotation.</summary>
    /// <param name="degrees">The angle, counter-clockwise; any finite number.</param>
    /// <param name="height">Rows of the images.</param>
    /// <param name="width">Columns of the images.</param>
    /// <param name="interpolation">How a pixel is taken from the original.</param>
    public ImageRotation(double degrees, int height, int width, Interpolation interpolation = Interpolation.Nearest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (!double.IsFinite(degrees))
        {
            throw new ArgumentOutOfRangeException(nameof(degrees), degrees, "rotation: expected a finite angle in degrees.");
        }

        Degrees = degrees;
        Interpolation = interpolation;
        PlaneSize = checked(height * width);
        (double sin, double cos) = ExactSinCos(degrees);
        IsIdentity = cos == 1.0;
        if (interpolation == Interpolation.Nearest)
        {
            (_to, _from) = PlanNearest(height, width, sin, cos);
            _weights = [];
        }
        else
        {
            (_to, _from, _weights) = PlanBilinear(height, width, sin, cos);
        }
    }

    /// <summary>The angle in degrees, counter-clockwise.</summary>
    public double Degrees { get; }

    /// <summary>How a pixel is taken from the original.</summary>
    public Interpolation Interpolation { get; }

    /// <inheritdoc/>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"rotation {Degrees:0.##}°");

    /// <inheritdoc/>
    public int PlaneSize { get; }

    /// <inheritdoc/>
    public bool IsIdentity { get; }

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (source.Length != PlaneSize || destination.Length != PlaneSize)
        {
            throw new ArgumentException(
                $"{Name}: expected planes of {PlaneSize} pixels, got {source.Length} to read and {destination.Length} to write.");
        }

        destination.Clear();
        if (Interpolation == Interpolation.Nearest)
        {
            ReadOnlySpan<int> to = _to, from = _from.AsSpan(0, to.Length);
            for (int k = 0; k < to.Length; k++)
            {
                destination[to[k]] = source[from[k]];
            }

            return;
        }

        for (int k = 0; k < _to.Length; k++)
        {
            ReadOnlySpan<int> from = _from.AsSpan(4 * k, 4), weight = _weights.AsSpan(4 * k, 4);
            int sum = (source[from[0]] * weight[0]) + (source[from[1]] * weight[1]) +
                (source[from[2]] * weight[2]) + (source[from[3]] * weight[3]);
            destination[_to[k]] = (byte)((sum + (One * One / 2)) / (One * One));
        }
    }

    // quarter turns are exact, so that no pixel falls on the wrong side of a border by rounding
    private static (double Sin, double Cos) ExactSinCos(double degrees)
    {
        double turned = degrees % 360;
        turned = turned < 0 ? turned + 360 : turned;
        return turned switch
        {
            0 or 360 => (0, 1),
            90 => (1, 0),
            180 => (0, -1),
            270 => (-1, 0),
            _ => Math.SinCos(turned * (Math.PI / 180)),
        };
    }

    private static (int[] To, int[] From) PlanNearest(int height, int width, double sin, double cos)
    {
        List<int> to = [], from = [];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                // measured from the centre in pixel widths; the pixel with index i covers [i, i + 1)
                double u = x + 0.5 - (width * 0.5), v = y + 0.5 - (height * 0.5);
                double column = Math.Floor((cos * u) - (sin * v) + (width * 0.5));
                double row = Math.Floor((sin * u) + (cos * v) + (height * 0.5));
                if (column >= 0 && column < width && row >= 0 && row < height)
                {
                    to.Add((y * width) + x);
                    from.Add(((int)row * width) + (int)column);
                }
            }
        }

        return ([.. to], [.. from]);
    }

    private static (int[] To, int[] From, int[] Weights) PlanBilinear(int height, int width, double sin, double cos)
    {
        List<int> to = [], from = [], weights = [];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double u = x + 0.5 - (width * 0.5), v = y + 0.5 - (height * 0.5);
                double column = (cos * u) - (sin * v) + (width * 0.5) - 0.5;
                double row = (sin * u) + (cos * v) + (height * 0.5) - 0.5;
                int left = (int)Math.Floor(column), top = (int)Math.Floor(row);
                int right = (int)Math.Round((column - left) * One), below = (int)Math.Round((row - top) * One);
                int start = weights.Count, total = 0;
                for (int corner = 0; corner < 4; corner++)
                {
                    int r = top + (corner >> 1), c = left + (corner & 1);
                    bool inside = r >= 0 && r < height && c >= 0 && c < width;
                    int weight = inside ? ((corner & 1) == 1 ? right : One - right) * (corner >> 1 == 1 ? below : One - below) : 0;
                    from.Add(inside ? (r * width) + c : 0);
                    weights.Add(weight);
                    total += weight;
                }

                if (total == 0)
                {
                    from.RemoveRange(start, 4);
                    weights.RemoveRange(start, 4);
                }
                else
                {
                    to.Add((y * width) + x);
                }
            }
        }

        return ([.. to], [.. from], [.. weights]);
    }
}
