namespace Engram.Kernels.Simt;

/// <summary>
/// One pass of a fold: thread (result, part) folds every <see cref="Parts"/>-th element of a result, few enough that a running sum loses nothing. Passes follow
/// until one part is left, so what meets what in which order is fixed by the shape.
/// </summary>
internal struct FoldKernel<TFold> : IKernel where TFold : struct, IFoldOp
{
    public Floats X, Y;
    public Space Kept, Folded;
    public Steps AtKept, AtFolded;
    public int Results, Elements, Parts;

    /// <summary>Neighbouring threads take neighbouring parts, not neighbouring results: the folded axis is the contiguous one.</summary>
    public int AlongParts;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Results * Parts)
            return;
        int result = AlongParts != 0 ? i / Parts : i % Results, part = AlongParts != 0 ? i % Parts : i / Results;
        int start = Kept.At(result, AtKept);
        var folded = new GpuLane(TFold.Identity);
        for (int e = part; e < Elements; e += Parts)
            folded = TFold.Accumulate(folded, new GpuLane(X[start + Folded.At(e, AtFolded)]));
        Y[(part * Results) + result] = folded.Value;
    }
}

/// <summary>The same where what is folded lies together: a thread takes four neighbours at a time.</summary>
internal struct FoldFoursKernel<TFold> : IKernel where TFold : struct, IFoldOp
{
    public Floats X, Y;
    public Space Kept;
    public Steps AtKept;
    public int Results, Elements, Parts, Wide;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Results * Parts)
            return;
        int result = i / Parts, part = i % Parts, start = Kept.At(result, AtKept), e = 4 * part;
        var folded = new GpuLane(TFold.Identity);
        for (; e + 3 < Elements; e += 4 * Parts)
        {
            Quad four = Four.Read(X, start + e, Wide);
            folded = TFold.Accumulate(folded, new GpuLane(four.X));
            folded = TFold.Accumulate(folded, new GpuLane(four.Y));
            folded = TFold.Accumulate(folded, new GpuLane(four.Z));
            folded = TFold.Accumulate(folded, new GpuLane(four.W));
        }

        for (; e < Elements; e++)
            folded = TFold.Accumulate(folded, new GpuLane(X[start + e]));
        Y[(part * Results) + result] = folded.Value;
    }
}

/// <summary>y ← factor·x, added to what y holds where asked.</summary>
internal struct FoldEndKernel : IKernel
{
    public Floats X, Y;
    public float Factor;
    public int Accumulate, Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i < Count)
            Y[i] = Accumulate != 0 ? Gpu.Fma(Factor, X[i], Y[i]) : Factor * X[i];
    }
}

/// <summary>y[row, :] ← x[index[row], :].</summary>
internal struct GatherKernel : IKernel
{
    public Floats X, Y;
    public Ints Rows;
    public int Columns, XRow, YRow, Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Count)
            return;
        int row = i / Columns, column = i % Columns;
        Y[(row * YRow) + column] = X[(Rows[row] * XRow) + column];
    }
}

/// <summary>y[index[row], :] ← x[row, :]: a thread owns a column, so that repeated rows come in order.</summary>
internal struct ScatterKernel : IKernel
{
    public Floats X, Y;
    public Ints Rows;
    public int RowCount, Columns, XRow, YRow, Accumulate;

    public void Run()
    {
        int column = Gpu.Global;
        if (column >= Columns)
            return;
        for (int row = 0; row < RowCount; row++)
        {
            int to = (Rows[row] * YRow) + column;
            float value = X[(row * XRow) + column];
            Y[to] = Accumulate != 0 ? Y[to] + value : value;
        }
    }
}
