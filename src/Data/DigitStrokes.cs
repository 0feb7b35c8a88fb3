namespace Engram.Data;

/// <summary>
/// The pens' paths of the ten digits, two or three ways to write each: strokes through control points in a box with
/// y from −1 (top) to 1 (bottom) and x from about −0.6 to 0.6. Curved strokes pass through their points (Catmull-Rom).
/// </summary>
internal static class DigitStrokes
{
    /// <summary>Segments that one span between two control points of a curved stroke is flattened to.</summary>
    public const int SegmentsPerSpan = 3;

    /// <summary>Digit → way of writing → strokes.</summary>
    public static readonly Stroke[][][] Styles =
    [
        [ // 0
            [Ellipse(0, 0, 0.55f, 1, -90, 270)],
            [Ellipse(0, 0, 0.42f, 1, -60, 285)],
            [Ellipse(0, 0, 0.7f, 0.85f, -100, 262)],
        ],
        [ // 1
            [Line(0, -1, 0, 1)],
            [Line(-0.35f, -0.6f, 0.05f, -1, 0.05f, 1)],
            [Line(-0.3f, -0.65f, 0.05f, -1, 0.05f, 1), Line(-0.4f, 1, 0.45f, 1)],
        ],
        [ // 2
            [Curve(-0.5f, -0.55f, -0.3f, -0.9f, 0.1f, -1, 0.45f, -0.75f, 0.45f, -0.35f, 0.1f, 0.2f, -0.5f, 0.95f), Line(-0.5f, 0.95f, 0.55f, 0.95f)],
            [Curve(-0.5f, -0.6f, -0.1f, -1, 0.4f, -0.75f, 0.35f, -0.2f, -0.1f, 0.55f, -0.45f, 0.9f, -0.55f, 0.7f, -0.3f, 0.6f, 0.1f, 0.85f, 0.6f, 0.9f)],
            [Curve(-0.5f, -0.85f, 0, -1, 0.42f, -0.8f, 0.3f, -0.2f, -0.5f, 0.95f), Line(-0.5f, 0.95f, 0.5f, 0.9f)],
        ],
        [ // 3
            [
                Curve(-0.45f, -0.75f, 0, -1, 0.42f, -0.75f, 0.3f, -0.25f, -0.1f, -0.05f),
                Curve(-0.1f, -0.05f, 0.4f, 0.15f, 0.52f, 0.5f, 0.2f, 0.92f, -0.2f, 0.98f, -0.55f, 0.75f),
            ],
            [
                Line(-0.45f, -0.95f, 0.45f, -0.95f, -0.05f, -0.2f),
                Curve(-0.05f, -0.2f, 0.4f, 0, 0.5f, 0.45f, 0.2f, 0.9f, -0.2f, 0.97f, -0.5f, 0.75f),
            ],
            [
                Curve(-0.5f, -0.9f, 0.1f, -0.98f, 0.45f, -0.6f, 0.2f, -0.15f, -0.3f, 0),
                Curve(-0.3f, 0, 0.3f, 0.1f, 0.5f, 0.55f, 0.1f, 0.95f, -0.5f, 0.9f),
            ],
        ],
        [ // 4
            [Line(-0.35f, -1, -0.5f, 0.2f, 0.55f, 0.2f), Line(0.3f, -0.6f, 0.3f, 1)],
            [Line(0.25f, 1, 0.25f, -1, -0.6f, 0.3f, 0.6f, 0.3f)],
            [Curve(-0.4f, -0.95f, -0.45f, -0.3f, -0.3f, 0.05f, 0.1f, 0.05f, 0.4f, -0.2f), Line(0.45f, -0.95f, 0.3f, 1)],
        ],
        [ // 5
            [
                Line(0.5f, -0.95f, -0.4f, -0.95f, -0.45f, -0.1f),
                Curve(-0.45f, -0.1f, 0, -0.3f, 0.45f, 0, 0.48f, 0.5f, 0.15f, 0.92f, -0.25f, 0.97f, -0.55f, 0.75f),
            ],
            [Curve(0.5f, -0.9f, 0, -1, -0.42f, -0.7f, -0.3f, -0.25f, 0.15f, -0.1f, 0.48f, 0.25f, 0.35f, 0.8f, -0.1f, 1, -0.5f, 0.8f)],
            [
                Line(0.55f, -1, -0.2f, -0.9f, -0.4f, -0.15f),
                Curve(-0.4f, -0.15f, 0.2f, -0.15f, 0.45f, 0.25f, 0.25f, 0.75f, -0.45f, 1),
            ],
        ],
        [ // 6
            [Curve(0.35f, -0.95f, -0.1f, -0.7f, -0.45f, -0.1f, -0.5f, 0.45f, -0.25f, 0.92f, 0.15f, 0.97f, 0.48f, 0.6f, 0.35f, 0.15f, 0, 0.02f, -0.4f, 0.3f)],
            [Curve(0.1f, -1, -0.25f, -0.4f, -0.45f, 0.4f), Ellipse(0, 0.5f, 0.45f, 0.48f, 180, 540)],
            [Curve(0.5f, -0.85f, 0.1f, -1, -0.35f, -0.6f, -0.5f, 0.2f, -0.3f, 0.85f, 0.1f, 1, 0.45f, 0.7f, 0.3f, 0.25f, -0.1f, 0.2f, -0.45f, 0.5f)],
        ],
        [ // 7
            [Line(-0.5f, -0.95f, 0.5f, -0.95f, -0.15f, 1)],
            [Line(-0.5f, -0.95f, 0.5f, -0.95f, -0.15f, 1), Line(-0.25f, 0.05f, 0.45f, 0.05f)],
            [Line(-0.5f, -0.65f, -0.48f, -0.95f, 0.5f, -0.95f), Curve(0.5f, -0.95f, 0.15f, -0.2f, -0.05f, 0.4f, -0.08f, 1)],
        ],
        [ // 8
            [Ellipse(0, -0.5f, 0.4f, 0.48f, -90, 270), Ellipse(0, 0.48f, 0.5f, 0.52f, -90, 270)],
            [
                Curve(
                    0.35f, -0.75f, 0, -1, -0.38f, -0.7f, -0.15f, -0.2f, 0.3f, 0.2f, 0.48f, 0.6f, 0.1f, 1, -0.42f, 0.75f, -0.3f, 0.25f,
                    0.15f, -0.2f, 0.4f, -0.6f, 0.35f, -0.78f),
            ],
        ],
        [ // 9
            [Ellipse(0, -0.5f, 0.45f, 0.48f, 0, 360), Line(0.45f, -0.5f, 0.3f, 1)],
            [Ellipse(0, -0.48f, 0.45f, 0.5f, 0, 360), Curve(0.45f, -0.48f, 0.45f, 0.3f, 0.2f, 0.9f, -0.35f, 0.85f)],
            [Curve(0.4f, -0.75f, 0, -1, -0.45f, -0.6f, -0.3f, -0.1f, 0.1f, -0.1f, 0.42f, -0.65f, 0.4f, 0.1f, 0.25f, 1)],
        ],
    ];

    /// <summary>The most line segments that any way of writing needs.</summary>
    public static readonly int MaxSegments = Styles.Max(styles => styles.Max(strokes => strokes.Sum(s => s.SegmentCount)));

    /// <summary>The most control points of any stroke.</summary>
    public static readonly int MaxPoints = Styles.Max(styles => styles.Max(strokes => strokes.Max(s => s.Points.Length)));

    private static Stroke Line(params float[] coordinates) => new(Pair(coordinates), Curved: false);

    private static Stroke Curve(params float[] coordinates) => new(Pair(coordinates), Curved: true);

    // angles in degrees, clockwise as seen (y points down), 0 to the right
    private static Stroke Ellipse(float x, float y, float radiusX, float radiusY, float from, float to)
    {
        const int Spans = 9;
        var points = new (float X, float Y)[Spans + 1];
        for (int i = 0; i <= Spans; i++)
        {
            (double sin, double cos) = Math.SinCos((from + ((to - from) * i / Spans)) * Math.PI / 180);
            points[i] = (x + (radiusX * (float)cos), y + (radiusY * (float)sin));
        }

        return new Stroke(points, Curved: true);
    }

    private static (float X, float Y)[] Pair(float[] coordinates) =>
        [.. coordinates.Chunk(2).Select(pair => (pair[0], pair[1]))];

    /// <summary>One pass of the pen through its points, straight from point to point or curved.</summary>
    internal readonly record struct Stroke((float X, float Y)[] Points, bool Curved)
    {
        /// <summary>Line segments that the stroke is flattened to.</summary>
        public int SegmentCount => (Points.Length - 1) * (Curved ? SegmentsPerSpan : 1);
    }
}
