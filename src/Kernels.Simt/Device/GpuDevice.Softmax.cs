namespace Engram.Kernels.Simt;

internal abstract partial class GpuDevice
{
    public override void SoftmaxCrossEntropy(in View logits, in IndexView labels, IndexView? allowedClasses, in View losses, View? gradient, float gradientScale)
    {
        const string op = "softmax cross-entropy";
        RowMajor(op, logits);
        int rows = logits.Layout.Size(0), classes = logits.Layout.Size(1);
        if (rows != labels.Count || classes < 1)
            throw new ArgumentException($"{op}: expected logits [batch, classes] with contiguous rows and one label per row, got {logits.Layout} and {labels.Count} labels");
        if (gradient is { } wanted)
        {
            SameSizes(op, logits, wanted);
            RowMajor(op, wanted);
        }

        ReadOnlySpan<int> mask = default;
        if (allowedClasses is { } allowed)
        {
            if (allowed.Count != classes)
                throw new ArgumentException($"{op}: the mask has {allowed.Count} entries for {classes} classes");
            mask = OnHost(allowed);
        }

        CheckLabels(OnHost(labels), mask, classes);
        var kernel = new CrossEntropyKernel
        {
            X = At(logits), Losses = Vector(op, "the losses", losses, rows), Gradient = At(gradient ?? logits), Labels = At(labels), Allowed = At(allowedClasses ?? labels),
            XRow = logits.Layout.Stride(0), GradientRow = gradient?.Layout.Stride(0) ?? 0, Classes = classes, IsMasked = allowedClasses is null ? 0 : 1,
            HasGradient = gradient is null ? 0 : 1, Scale = gradientScale,
        };
        if (rows > 0)
            LaunchGroups(kernel, rows);
    }

    public override void Softmax(in View x, in View y, bool logarithm)
    {
        SameSizes("softmax", x, y);
        RowMajor("softmax", x);
        RowMajor("softmax", y);
        if (x.Count > 0)
        {
            LaunchGroups(new SoftmaxKernel
            {
                X = At(x), Y = At(y), XRow = x.Layout.Stride(0), YRow = y.Layout.Stride(0), Columns = x.Layout.Size(1), Logarithm = logarithm ? 1 : 0,
            }, x.Layout.Size(0));
        }
    }

    public override void SoftmaxBackward(in View dy, in View y, in View dx, bool logarithm, bool accumulate)
    {
        const string op = "softmax backward";
        SameSizes(op, dy, y);
        SameSizes(op, dx, y);
        RowMajor(op, dy);
        RowMajor(op, y);
        RowMajor(op, dx);
        if (y.Count > 0)
        {
            LaunchGroups(new SoftmaxBackwardKernel
            {
                Dy = At(dy), Y = At(y), Dx = At(dx), DyRow = dy.Layout.Stride(0), YRow = y.Layout.Stride(0), DxRow = dx.Layout.Stride(0), Columns = y.Layout.Size(1),
                Logarithm = logarithm ? 1 : 0, Accumulate = accumulate ? 1 : 0,
            }, y.Layout.Size(0));
        }
    }

    private static void CheckLabels(ReadOnlySpan<int> labels, ReadOnlySpan<int> mask, int classes)
    {
        for (int r = 0; r < labels.Length; r++)
        {
            if ((uint)labels[r] >= (uint)classes)
                throw new ArgumentOutOfRangeException(nameof(labels), $"softmax cross-entropy: label {labels[r]} of row {r} is outside [0, {classes}). Labels count from 0; do they belong to this head?");
            if (!mask.IsEmpty && mask[labels[r]] == 0)
                throw new ArgumentOutOfRangeException(nameof(labels), $"softmax cross-entropy: label {labels[r]} of row {r} is a class that the mask leaves out, its loss would be infinite. Keep the class in the mask or drop the row.");
        }
    }
}
