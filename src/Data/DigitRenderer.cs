using System.Runtime.Intrinsics;
using Engram.Kernels;

namespace Engram.Data;

/// <summary>
/// Draws one digit: chooses a way of writing, bends its strokes, and paints every pixel by its distance to the nearest stroke.
/// </summary>
/// <remarks>
/// Only plain products and sums are used in the pixels (no fused multiply-add), so all vector widths give the same bytes.
/// </remarks>
internal static class DigitRenderer
{
    private const int Side = SyntheticDigits.Side;

    // rows of the distance field are padded to whole vectors of 8
    private const int Stride = 32;

    // the number of coefficients of the warp, per axis: x², xy, y², y³
    private const int WarpTerms = 4;

    /// <summary>Draws the digit.</summary>
    /// <param name="digit">0 to 9.</param>
    /// <param name="distortion">Scales the geometric variation.</param>
    /// <param name="noise">Scales the pixel noise.</param>
    /// <param name="words">The image's own random stream.</param>
    /// <param name="pixels">Receives the image, <c>[28, 28]</c>.</param>
    public static void Draw(int digit, float distortion, float noise, ref RandomCursor words, Span<byte> pixels)
    {
        DigitStrokes.Stroke[][] styles = DigitStrokes.Styles[digit];
        DigitStrokes.Stroke[] strokes = styles[words.NextInt32(styles.Length)];

        // half height 8.6 px ± 15 %, width 0.95 of that ± 20 %, ± 13 degrees, ± 1.6 px off the centre
        float height = 8.6f * (1f + (0.15f * distortion * Signed(ref words)));
        float width = height * 0.95f * (1f + (0.2f * distortion * Signed(ref words)));
        (float sin, float cos) = MathF.SinCos(0.22f * distortion * Signed(ref words));
        float shear = (0.28f * distortion * Signed(ref words)) - (0.08f * distortion);
        float left = ((Side - 1) * 0.5f) + (1.6f * distortion * Signed(ref words));
        float top = ((Side - 1) * 0.5f) + (1.6f * distortion * Signed(ref words));

        Span<float> warp = stackalloc float[2 * WarpTerms];
        for (int i = 0; i < warp.Length; i++)
        {
            warp[i] = 0.2f * distortion * Signed(ref words);
        }

        float radius = 0.75f + (1.05f * words.NextUniform());
        float softness = 1f + (1.2f * words.NextUniform());
        float ink = 255f * (0.72f + (0.28f * words.NextUniform()));

        Span<float> field = stackalloc float[Side * Stride];
        float reach = radius + (softness * 0.5f);
        field.Fill(reach * reach);
        Span<(float X, float Y)> points = stackalloc (float, float)[DigitStrokes.MaxPoints];
        foreach (DigitStrokes.Stroke stroke in strokes)
        {
            Span<(float X, float Y)> bent = points[..stroke.Points.Length];
            for (int i = 0; i < bent.Length; i++)
            {
                (float x, float y) = stroke.Points[i];
                float xx = x * x, xy = x * y, yy = y * y, yyy = yy * y;
                float u = x + (warp[0] * xx) + (warp[1] * xy) + (warp[2] * yy) + (warp[3] * yyy) + (0.04f * distortion * Signed(ref words));
                float v = y + (warp[4] * xx) + (warp[5] * xy) + (warp[6] * yy) + (warp[7] * yyy) + (0.04f * distortion * Signed(ref words));
                u = (u - (shear * v)) * width;
                v *= height;
                bent[i] = ((u * cos) - (v * sin) + left, (u * sin) + (v * cos) + top);
            }

            Trace(bent, stroke.Curved, reach, field);
        }

        Paint(field, reach, 1f / softness, ink, noise, ref words, pixels);
    }

    /// <summary>Lowers the field of squared distances along one stroke.</summary>
    private static void Trace(ReadOnlySpan<(float X, float Y)> points, bool curved, float reach, Span<float> field)
    {
        for (int i = 0; i + 1 < points.Length; i++)
        {
            (float X, float Y) a = points[i], b = points[i + 1];
            if (!curved)
            {
                Segment(a, b, reach, field);
                continue;
            }

            // Catmull-Rom through a and b; ends are continued by repeating the end point
            (float X, float Y) before = points[Math.Max(i - 1, 0)], after = points[Math.Min(i + 2, points.Length - 1)];
            (float X, float Y) from = a;
            for (int s = 1; s <= DigitStrokes.SegmentsPerSpan; s++)
            {
                float t = s / (float)DigitStrokes.SegmentsPerSpan;
                (float X, float Y) to = (Spline(before.X, a.X, b.X, after.X, t), Spline(before.Y, a.Y, b.Y, after.Y, t));
                Segment(from, to, reach, field);
                from = to;
            }
        }
    }

    private static float Spline(float p, float a, float b, float q, float t) =>
        0.5f * ((2f * a) + (t * ((b - p) + (t * ((2f * p) - (5f * a) + (4f * b) - q + (t * ((3f * (a - b)) + q - p)))))));

    /// <summary>Lowers the field of squared distances around one segment, in the rectangle that the pen can reach.</summary>
    private static void Segment((float X, float Y) a, (float X, float Y) b, float reach, Span<float> field)
    {
        int top = Math.Max(0, (int)MathF.Ceiling(MathF.Min(a.Y, b.Y) - reach));
        int bottom = Math.Min(Side - 1, (int)MathF.Floor(MathF.Max(a.Y, b.Y) + reach));
        int left = Math.Max(0, (int)MathF.Ceiling(MathF.Min(a.X, b.X) - reach)) & ~7;
        int right = Math.Min(Side - 1, (int)MathF.Floor(MathF.Max(a.X, b.X) + reach));
        float ex = b.X - a.X, ey = b.Y - a.Y;
        float inverse = 1f / ((ex * ex) + (ey * ey) + 1e-9f);
        Vector256<float> columns = Vector256.Create(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f);
        Vector256<float> exs = Vector256.Create(ex), eys = Vector256.Create(ey), inverses = Vector256.Create(inverse);
        for (int y = top; y <= bottom; y++)
        {
            Vector256<float> py = Vector256.Create(y - a.Y);
            Vector256<float> along = py * eys;
            for (int x = left; x <= right; x += 8)
            {
                Vector256<float> px = columns + Vector256.Create(x - a.X);
                Vector256<float> t = ((px * exs) + along) * inverses;
                t = Vector256.MinNative(Vector256.MaxNative(t, Vector256<float>.Zero), Vector256<float>.One);
                Vector256<float> dx = px - (t * exs), dy = py - (t * eys);
                Span<float> cell = field.Slice((y * Stride) + x, 8);
                Vector256.MinNative(Vector256.Create<float>(cell), (dx * dx) + (dy * dy)).CopyTo(cell);
            }
        }
    }

    /// <summary>Distance to ink: full inside the pen, smooth over the soft edge; then noise, then bytes.</summary>
    private static void Paint(
        ReadOnlySpan<float> field, float reach, float inverseSoftness, float ink, float noise, ref RandomCursor words, Span<byte> pixels)
    {
        // per-image noise level, from almost clean to strong; one 16-bit half word per pixel, sum of its bytes is triangular around 255
        float level = 0.22f * noise * words.NextUniform();
        Span<float> row = stackalloc float[Stride];
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Stride; x += 8)
            {
                Vector256<float> squared = Vector256.Create<float>(field.Slice((y * Stride) + x, 8));
                Vector256<float> v = (Vector256.Create(reach) - Vector256.Sqrt(squared)) * inverseSoftness;
                v = Vector256.MinNative(Vector256.MaxNative(v, Vector256<float>.Zero), Vector256<float>.One);
                (v * v * (Vector256.Create(3f) - (v + v)) * ink).CopyTo(row.Slice(x, 8));
            }

            for (int x = 0; x < Side; x += 2)
            {
                uint word = words.NextUInt32();
                uint first = (word & 0xFF) + ((word >> 8) & 0xFF), second = ((word >> 16) & 0xFF) + (word >> 24);
                pixels[(y * Side) + x] = ToByte(row[x] + (level * ((int)first - 255)));
                pixels[(y * Side) + x + 1] = ToByte(row[x + 1] + (level * ((int)second - 255)));
            }
        }
    }

    // uniform in [-1, 1)
    private static float Signed(ref RandomCursor words) => (words.NextUniform() * 2f) - 1f;

    private static byte ToByte(float value) => (byte)(int)(Math.Clamp(value, 0f, 255f) + 0.5f);
}
