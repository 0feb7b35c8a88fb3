namespace Engram.Kernels.Simt;

/// <summary>Softmax or log-softmax of a row, a row per group.</summary>
internal struct SoftmaxKernel : IGroupKernel
{
    public Floats X, Y;
    public int XRow, YRow, Columns, Logarithm;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(Tree.Length);
        int t = Gpu.Thread, x = Gpu.GroupX * XRow, y = Gpu.GroupX * YRow;
        var largest = new GpuLane(float.NegativeInfinity);
        for (int c = t; c < Columns; c += Gpu.Threads)
            largest = GpuLane.Max(largest, new GpuLane(X[x + c]));
        shared[t] = largest.Value;
        Gpu.Barrier();
        Tree.Narrow<MaxFold>(shared);
        Gpu.Barrier();
        float maximum = Tree.Total<MaxFold>(shared), sum = 0f;
        for (int c = t; c < Columns; c += Gpu.Threads)
            sum += LaneMath.Exp(new GpuLane(X[x + c] - maximum)).Value;
        shared[t] = sum;
        Gpu.Barrier();
        Tree.Narrow<SumFold>(shared);
        Gpu.Barrier();
        float total = Tree.Total<SumFold>(shared), logarithm = LaneMath.Log(new GpuLane(total)).Value;
        for (int c = t; c < Columns; c += Gpu.Threads)
        {
            float shifted = X[x + c] - maximum;
            Y[y + c] = Logarithm != 0 ? shifted - logarithm : LaneMath.Exp(new GpuLane(shifted)).Value / total;
        }
    }
}

/// <summary>dx ← y·(dy − Σ dy·y), or dy − exp(y)·Σ dy for the logarithm, a row per group.</summary>
internal struct SoftmaxBackwardKernel : IGroupKernel
{
    public Floats Dy, Y, Dx;
    public int DyRow, YRow, DxRow, Columns, Logarithm, Accumulate;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(Tree.Length);
        int t = Gpu.Thread, dy = Gpu.GroupX * DyRow, y = Gpu.GroupX * YRow, dx = Gpu.GroupX * DxRow;
        float part = 0f;
        for (int c = t; c < Columns; c += Gpu.Threads)
            part = Logarithm != 0 ? part + Dy[dy + c] : Gpu.Fma(Dy[dy + c], Y[y + c], part);
        shared[t] = part;
        Gpu.Barrier();
        Tree.Narrow<SumFold>(shared);
        Gpu.Barrier();
        float sum = Tree.Total<SumFold>(shared);
        for (int c = t; c < Columns; c += Gpu.Threads)
        {
            float g = Dy[dy + c], value = Logarithm != 0 ? Gpu.Fma(-LaneMath.Exp(new GpuLane(Y[y + c])).Value, sum, g) : Y[y + c] * (g - sum);
            Dx[dx + c] = Accumulate != 0 ? Dx[dx + c] + value : value;
        }
    }
}

/// <summary>Losses of rows and their gradient, a row per group; classes that are not allowed count as −∞.</summary>
internal struct CrossEntropyKernel : IGroupKernel
{
    public Floats X, Losses, Gradient;
    public Ints Labels, Allowed;
    public int XRow, GradientRow, Classes, IsMasked, HasGradient;
    public float Scale;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(Tree.Length);
        int t = Gpu.Thread, row = Gpu.GroupX, x = row * XRow, g = row * GradientRow;
        var largest = new GpuLane(float.NegativeInfinity);
        for (int c = t; c < Classes; c += Gpu.Threads)
            largest = GpuLane.Max(largest, new GpuLane(Logit(x, c)));
        shared[t] = largest.Value;
        Gpu.Barrier();
        Tree.Narrow<MaxFold>(shared);
        Gpu.Barrier();
        float maximum = Tree.Total<MaxFold>(shared), sum = 0f;
        for (int c = t; c < Classes; c += Gpu.Threads)
            sum += LaneMath.Exp(new GpuLane(Logit(x, c) - maximum)).Value;
        shared[t] = sum;
        Gpu.Barrier();
        Tree.Narrow<SumFold>(shared);
        Gpu.Barrier();
        float total = Tree.Total<SumFold>(shared), factor = Scale / total;
        int label = Labels[row];
        if (t == 0)
            Losses[row] = (float)((double)maximum - X[x + label] + LaneMath.Log(new GpuLane(total)).Value);

        // the logits may be the gradient's place: thread 0 has read its label's before any thread writes
        Gpu.Barrier();
        if (HasGradient != 0)
        {
            for (int c = t; c < Classes; c += Gpu.Threads)
            {
                float p = LaneMath.Exp(new GpuLane(Logit(x, c) - maximum)).Value * factor;
                Gradient[g + c] = c == label ? p - Scale : p;
            }
        }
    }

    private float Logit(int x, int c)
    {
        if (IsMasked != 0 && Allowed[c] == 0)
            return float.NegativeInfinity;
        return X[x + c];
    }
}
