using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Softmax and cross-entropy in one pass over [rows, classes]:
/// loss[r] = m − x[r, label] + ln Σ exp(x[r, c] − m) with m the row's maximum, and its gradient
/// dx[r, c] = scale·(softmax(x[r])[c] − [c = label]). One thread, over a range of rows.
/// </summary>
public static unsafe class SoftmaxCrossEntropy
{
    /// <summary>Losses and gradients of a range of rows.</summary>
    /// <param name="logits">[rows, classes], classes contiguous.</param>
    /// <param name="logitsStride">Elements from one row of the logits to the next.</param>
    /// <param name="labels">[rows], each within [0, classes) and not masked.</param>
    /// <param name="mask">[classes], added to every row: 0 keeps a class, −∞ leaves it out. Null keeps all.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="losses">[rows], the loss of each row; may be null.</param>
    /// <param name="gradient">[rows, classes], overwritten; may be the logits themselves, or null where only losses are wanted.</param>
    /// <param name="gradientStride">Elements from one row of the gradient to the next.</param>
    /// <param name="scale">Factor on the gradient: 1/batch for the mean loss.</param>
    /// <returns>The sum of the rows' losses, added in order in double.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A label lies outside the classes or on a masked class; nothing was written.</exception>
    public static double Run(
        float* logits, nint logitsStride, int* labels, float* mask, nint rows, nint classes, float* losses, float* gradient,
        nint gradientStride, float scale) =>
        Run(logits, logitsStride, labels, mask, rows, classes, losses, gradient, gradientStride, scale, LaneWidths.Widest);

    /// <summary>The same with a given lane width; every width gives the same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Run(
        float* logits, nint logitsStride, int* labels, float* mask, nint rows, nint classes, float* losses, float* gradient,
        nint gradientStride, float scale, LaneWidth width)
    {
        CheckLabels(labels, mask, rows, classes);
        return width switch
        {
            LaneWidth.Sixteen => Loop<Lane16>(logits, logitsStride, labels, mask, rows, classes, losses, gradient, gradientStride, scale),
            LaneWidth.Eight => Loop<Lane8>(logits, logitsStride, labels, mask, rows, classes, losses, gradient, gradientStride, scale),
            LaneWidth.Four => Loop<Lane4>(logits, logitsStride, labels, mask, rows, classes, losses, gradient, gradientStride, scale),
            _ => Loop<Lane1>(logits, logitsStride, labels, mask, rows, classes, losses, gradient, gradientStride, scale),
        };
    }

    /// <summary>Fails unless every label names a class that the mask keeps.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A label lies outside the classes or on a masked class.</exception>
    public static void CheckLabels(int* labels, float* mask, nint rows, nint classes)
    {
        for (nint r = 0; r < rows; r++)
        {
            if (labels[r] < 0 || labels[r] >= classes)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(labels),
                    $"softmax cross-entropy: label {labels[r]} of row {r} is outside [0, {classes}). "
                    + "Labels count from 0; do they belong to this head?");
            }

            if (mask != null && float.IsNegativeInfinity(mask[labels[r]]))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(labels),
                    $"softmax cross-entropy: label {labels[r]} of row {r} is a class that the mask leaves out, its loss would be infinite. "
                    + "Keep the class in the mask or drop the row.");
            }
        }
    }

    private static double Loop<TLane>(
        float* logits, nint logitsStride, int* labels, float* mask, nint rows, nint classes, float* losses, float* gradient,
        nint gradientStride, float scale)
        where TLane : struct, ILane<TLane>
    {
        double total = 0;
        for (nint r = 0; r < rows; r++)
        {
            float* x = logits + (r * logitsStride);
            float* g = gradient == null ? null : gradient + (r * gradientStride);
            int label = labels[r];
            float own = mask == null ? x[label] : x[label] + mask[label];
            float maximum = SoftmaxRow.Maximum<TLane>(x, mask, classes);
            float sum = SoftmaxRow.Exponentials<TLane>(x, mask, maximum, g, classes);
            if (g != null)
            {
                SoftmaxRow.Scale<TLane>(g, scale / sum, classes);
                g[label] -= scale;
            }

            double loss = (double)maximum - own + LaneMath.Log(new Lane1(sum)).Value;
            total += loss;
            if (losses != null)
            {
                losses[r] = (float)loss;
            }
        }

        return total;
    }
}
