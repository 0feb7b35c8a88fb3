namespace Engram.ContinualLearning;

/// <summary>Planes of bytes made smaller by averaging areas and larger by bilinear interpolation.</summary>
public static class ImageScaling
{
    /// <summary>
    /// Every pixel of the smaller plane is the average of the area that it covers; pixels that the area cuts count with the part covered. For a size
    /// that divides the larger one, that is the average of a box.
    /// </summary>
    /// <param name="source">The larger plane [height, width].</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="target">Receives the smaller plane [targetHeight, targetWidth].</param>
    /// <param name="targetHeight">1 to <paramref name="height"/>.</param>
    /// <param name="targetWidth">1 to <paramref name="width"/>.</param>
    public static void Shrink(ReadOnlySpan<float> source, int height, int width, Span<float> target, int targetHeight, int targetWidth)
    {
        double rows = (double)height / targetHeight, columns = (double)width / targetWidth;
        for (int i = 0; i < targetHeight; i++)
        {
            double top = i * rows, bottom = Math.Min(height, top + rows);
            for (int j = 0; j < targetWidth; j++)
            {
                double left = j * columns, right = Math.Min(width, left + columns), sum = 0, area = 0;
                for (int y = (int)top; y < bottom; y++)
                {
                    double tall = Math.Min(bottom, y + 1) - Math.Max(top, y);
                    for (int x = (int)left; x < right; x++)
                    {
                        double part = tall * (Math.Min(right, x + 1) - Math.Max(left, x));
                        sum += part * source[y * width + x];
                        area += part;
                    }
                }

                target[i * targetWidth + j] = (float)(sum / area);
            }
        }
    }

    /// <summary>
    /// Bilinear interpolation between the centres of pixels; past the outermost centres the edge value stays. Allocates nothing.
    /// </summary>
    /// <param name="source">The smaller plane [height, width].</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="target">Receives the larger plane [targetHeight, targetWidth].</param>
    /// <param name="targetHeight">Its rows.</param>
    /// <param name="targetWidth">Its columns.</param>
    public static void Enlarge(ReadOnlySpan<float> source, int height, int width, Span<float> target, int targetHeight, int targetWidth)
    {
        float rows = (float)height / targetHeight, columns = (float)width / targetWidth;
        for (int i = 0; i < targetHeight; i++)
        {
            float y = Math.Clamp((i + 0.5f) * rows - 0.5f, 0, height - 1);
            int top = (int)y, below = Math.Min(top + 1, height - 1);
            float down = y - top;
            ReadOnlySpan<float> first = source.Slice(top * width, width), second = source.Slice(below * width, width);
            for (int j = 0; j < targetWidth; j++)
            {
                float x = Math.Clamp((j + 0.5f) * columns - 0.5f, 0, width - 1);
                int left = (int)x, next = Math.Min(left + 1, width - 1);
                float across = x - left;
                float a = first[left] + across * (first[next] - first[left]), b = second[left] + across * (second[next] - second[left]);
                target[i * targetWidth + j] = a + down * (b - a);
            }
        }
    }
}
