namespace Engram.Kernels.Cpu.Reference;

/// <summary>Pooling of one plane in double precision, window after window by its definition: the twin of the pooling kernels.</summary>
public static class ReferencePooling
{
    /// <summary>All places of window (i, j), row by row; null where it lies in the padding.</summary>
    /// <param name="windows">The windows; null for adaptive ones.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="outputHeight">Rows of windows.</param>
    /// <param name="outputWidth">Columns of windows.</param>
    /// <param name="i">Row of the window.</param>
    /// <param name="j">Column of the window.</param>
    public static IEnumerable<int?> Places(PoolGeometry? windows, int height, int width, int outputHeight, int outputWidth, int i, int j)
    {
        // floor and ceiling in double: independent of the kernels' integer arithmetic
        int top = windows is { } w ? (i * w.StrideHeight) - w.PaddingHeight : (int)Math.Floor((double)i * height / outputHeight);
        int left = windows is { } v ? (j * v.StrideWidth) - v.PaddingWidth : (int)Math.Floor((double)j * width / outputWidth);
        int bottom = windows is { } a ? top + a.KernelHeight : (int)Math.Ceiling((i + 1.0) * height / outputHeight);
        int right = windows is { } b ? left + b.KernelWidth : (int)Math.Ceiling((j + 1.0) * width / outputWidth);
        for (int r = top; r < bottom; r++)
        {
            for (int c = left; c < right; c++)
            {
                yield return r >= 0 && r < height && c >= 0 && c < width ? (r * width) + c : null;
            }
        }
    }

    /// <summary>The value of a window.</summary>
    public static double Forward(PoolKind kind, float[] x, IEnumerable<int?> places)
    {
        if (kind == PoolKind.Max)
        {
            return x[Largest(x, places)];
        }

        double sum = 0;
        int count = 0;
        foreach (int? place in places)
        {
            sum += place is { } p ? x[p] : 0;
            count += place is not null || kind == PoolKind.AverageWithPadding ? 1 : 0;
        }

        return sum / count;
    }

    /// <summary>Adds the gradient of a window's value to its places.</summary>
    public static void Backward(PoolKind kind, double dy, float[] x, int?[] places, double[] dx)
    {
        if (kind == PoolKind.Max)
        {
            dx[Largest(x, places)] += dy;
            return;
        }

        int count = kind == PoolKind.AverageWithPadding ? places.Length : places.Count(place => place is not null);
        foreach (int? place in places)
        {
            if (place is { } p)
            {
                dx[p] += dy / count;
            }
        }
    }

    private static int Largest(float[] x, IEnumerable<int?> places)
    {
        int best = -1;
        foreach (int? place in places)
        {
            if (place is { } p && (best < 0 || (!float.IsNaN(x[best]) && !(x[p] <= x[best]))))
            {
                best = p;
            }
        }

        return best;
    }
}
