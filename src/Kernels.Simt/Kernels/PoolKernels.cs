using Engram.Kernels.Cpu;

namespace Engram.Kernels.Simt;

/// <summary>The windows along one axis, and which of them see a place; the rule of a window is <see cref="PoolAxis"/>'s.</summary>
internal struct PoolWindows
{
    public int Input, Output, Kernel, Stride, Padding;

    public readonly int Start(int window) => Kernel == 0 ? (int)((long)window * Input / Output) : Math.Max(0, (window * Stride) - Padding);

    public readonly int End(int window) =>
        Kernel == 0 ? (int)((((long)window + 1) * Input + Output - 1) / Output) : Math.Min(Input, (window * Stride) - Padding + Kernel);

    /// <summary>No window before this one sees the place.</summary>
    public readonly int First(int place) => Kernel == 0 ? Math.Max(0, (int)((long)place * Output / Input) - 1)
        : place + Padding < Kernel ? 0 : ((place + Padding - Kernel) / Stride) + 1;

    /// <summary>No window from this one on sees the place.</summary>
    public readonly int Last(int place) => Math.Min(Output, Kernel == 0 ? (int)(((long)place + 1) * Output / Input) + 1 : ((place + Padding) / Stride) + 1);
}

/// <summary>Maxima and means of windows, a window per thread.</summary>
internal struct PoolKernel : IKernel
{
    public Floats X, Y;
    public PoolWindows Rows, Columns;
    public int IsMaximum, CountsPadding, Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Count)
            return;
        int column = i % Columns.Output, row = i / Columns.Output % Rows.Output, plane = i / Columns.Output / Rows.Output * Rows.Input * Columns.Input;
        int top = Rows.Start(row), bottom = Rows.End(row), left = Columns.Start(column), right = Columns.End(column);
        var largest = new GpuLane(float.NegativeInfinity);
        float sum = 0f;
        for (int r = top; r < bottom; r++)
        {
            for (int c = left; c < right; c++)
            {
                float value = X[plane + (r * Columns.Input) + c];
                largest = GpuLane.Max(largest, new GpuLane(value));
                sum += value;
            }
        }

        int places = CountsPadding != 0 ? Rows.Kernel * Columns.Kernel : (bottom - top) * (right - left);
        Y[i] = IsMaximum != 0 ? largest.Value : sum / places;
    }
}

/// <summary>The gradient of an image, a pixel per thread: what the windows that see it hand down.</summary>
internal struct PoolBackwardKernel : IKernel
{
    public Floats Dy, X, Dx;
    public PoolWindows Rows, Columns;
    public int IsMaximum, CountsPadding, Accumulate, Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Count)
            return;
        int column = i % Columns.Input, row = i / Columns.Input % Rows.Input, image = i / Columns.Input / Rows.Input;
        int from = image * Rows.Input * Columns.Input, onto = image * Rows.Output * Columns.Output;
        float sum = Accumulate != 0 ? Dx[i] : 0f;
        for (int r = Rows.First(row); r < Rows.Last(row); r++)
        {
            int top = Rows.Start(r), bottom = Rows.End(r);
            if (row < top || row >= bottom)
                continue;
            for (int c = Columns.First(column); c < Columns.Last(column); c++)
            {
                int left = Columns.Start(c), right = Columns.End(c);
                if (column < left || column >= right)
                    continue;
                float g = Dy[onto + (r * Columns.Output) + c];
                if (IsMaximum != 0)
                    sum += IsFirstMaximum(from, top, bottom, left, right, row, column) ? g : 0f;
                else
                    sum += g / (CountsPadding != 0 ? Rows.Kernel * Columns.Kernel : (bottom - top) * (right - left));
            }
        }

        Dx[i] = sum;
    }

    // no place of the window is larger, and none before is as large; a NaN is larger than all
    private bool IsFirstMaximum(int from, int top, int bottom, int left, int right, int row, int column)
    {
        float own = X[from + (row * Columns.Input) + column];
        for (int r = top; r < bottom; r++)
        {
            for (int c = left; c < right; c++)
            {
                float value = X[from + (r * Columns.Input) + c];
                bool before = r < row || (r == row && c < column), nan = float.IsNaN(value);
                if (float.IsNaN(own) ? nan && before : nan || value > own || (value == own && before))
                    return false;
            }
        }

        return true;
    }
}
