using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Kernels.Tests;

public sealed unsafe class SoftmaxTests
{
    private const int Rows = 7;

    private static int[] ClassCounts => Tiny.On ? [1, 10, 17] : [1, 2, 3, 4, 5, 8, 10, 15, 16, 17, 31, 33, 100, 255, 256, 257, 1000];

    [Fact]
    public void Losses_and_gradients_agree_with_the_twin_with_and_without_a_mask()
    {
        foreach (int classes in ClassCounts)
        {
            foreach (bool masked in new[] { false, true })
            {
                var (logits, labels, mask) = Case(classes, masked, 30f);
                int stride = classes + 1;
                using var x = new GuardedFloats(logits);
                using var g = new GuardedFloats(Rows * classes);
                using var losses = new GuardedFloats(Rows);
                double total = Run(x, stride, labels, mask, classes, losses, g, classes, 0.25f, LaneWidths.Widest);
                g.AssertGuards("softmax cross-entropy");
                double expectedTotal = 0;
                for (int r = 0; r < Rows; r++)
                {
                    var row = logits.AsSpan(r * stride, classes);
                    double loss = ReferenceSoftmax.CrossEntropy(row, labels[r], mask);
                    expectedTotal += loss;
                    Assert.Equal(loss, losses.Span[r], 1e-6 * (1 + Math.Abs(loss)));
                    var gradient = ReferenceSoftmax.CrossEntropyGradient(row, labels[r], mask);
                    for (int c = 0; c < classes; c++)
                    {
                        Assert.Equal(0.25 * gradient[c], g.Span[(r * classes) + c], 2e-7);
                        Assert.True(mask.Length == 0 || mask[c] == 0 || g.Span[(r * classes) + c] == 0, "a masked class has no gradient");
                    }
                }

                Assert.Equal(expectedTotal, total, 1e-5 * (1 + expectedTotal));
            }
        }
    }

    [Fact]
    public void Every_lane_width_gives_the_same_bits_in_place_too_and_without_a_kept_gradient()
    {
        foreach (int classes in ClassCounts)
        {
            foreach (bool masked in new[] { false, true })
            {
                var (logits, labels, mask) = Case(classes, masked, 5f);
                int stride = classes + 1;
                float[]? first = null;
                double firstTotal = 0;
                foreach (var width in Sample.Widths)
                {
                    using var x = new GuardedFloats(logits, 1);
                    using var g = new GuardedFloats(Rows * stride, 2);
                    g.Span.Clear();
                    double total = Run(x, stride, labels, mask, classes, null, g, stride, 1f, width);
                    first ??= g.Span.ToArray();
                    firstTotal = width == LaneWidth.One ? total : firstTotal;
                    Assert.Equal(firstTotal, total);
                    FloatBits.AssertSame(first, g.Span, $"gradient, width {width}, {classes} classes");

                    Assert.Equal(total, Run(x, stride, labels, mask, classes, null, null, 0, 1f, width));
                    FloatBits.AssertSame(logits, x.Span, "the logits");

                    Assert.Equal(total, Run(x, stride, labels, mask, classes, null, x, stride, 1f, width));
                    for (int r = 0; r < Rows; r++)
                    {
                        FloatBits.AssertSame(first.AsSpan(r * stride, classes), x.Span.Slice(r * stride, classes), "in place");
                    }
                }
            }
        }
    }

    [Fact]
    public void Huge_logits_neither_overflow_nor_lose_the_answer()
    {
        using var x = new GuardedFloats([1e30f, -1e30f, 0f, 5000f, 5001f, 4999f]);
        using var g = new GuardedFloats(6);
        using var losses = new GuardedFloats(2);
        Run(x, 3, [0, 0], [], 3, losses, g, 3, 1f, LaneWidths.Widest);
        Assert.Equal(0f, losses.Span[0]);
        Assert.Equal(Math.Log(1 + Math.E + Math.Exp(-1)), losses.Span[1], 1e-6);
    }

    [Fact]
    public void A_label_outside_the_classes_is_named_and_nothing_is_written()
    {
        using var x = new GuardedFloats(Sample.Numbers(12, 1));
        using var g = new GuardedFloats(12);
        var before = g.Span.ToArray();
        foreach (int label in new[] { 4, -1 })
        {
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => Run(x, 4, [0, label, 2], [], 4, null, g, 4, 1f, LaneWidths.Widest));
            Assert.Contains($"label {label} of row 1", error.Message);
            Assert.Contains("[0, 4)", error.Message);
            FloatBits.AssertSame(before, g.Span, "the gradient");
        }

        var masked = Assert.Throws<ArgumentOutOfRangeException>(
            () => Run(x, 4, [0, 1, 3], [0, 0, 0, float.NegativeInfinity], 4, null, g, 4, 1f, LaneWidths.Widest));
        Assert.Contains("label 3 of row 2", masked.Message);
    }

    [Fact]
    public void A_NaN_logit_makes_the_rows_loss_and_gradient_NaN()
    {
        using var x = new GuardedFloats([1f, float.NaN, 2f, 1f, 0f, 2f]);
        using var g = new GuardedFloats(6);
        using var losses = new GuardedFloats(2);
        Run(x, 3, [0, 1], [], 3, losses, g, 3, 1f, LaneWidths.Widest);
        Assert.True(float.IsNaN(losses.Span[0]) && float.IsNaN(g.Span[0]));
        Assert.True(float.IsFinite(losses.Span[1]) && float.IsFinite(g.Span[5]));
    }

    [Fact]
    public void Softmax_and_log_softmax_and_their_backward_passes_agree_with_the_twin()
    {
        foreach (int classes in ClassCounts)
        {
            foreach (bool masked in new[] { false, true })
            {
                var (logits, _, mask) = Case(classes, masked, 6f);
                int stride = classes + 1;
                using var x = new GuardedFloats(logits);
                using var p = new GuardedFloats(Rows * classes);
                using var q = new GuardedFloats(Rows * classes);
                using var dy = new GuardedFloats(Sample.Numbers(Rows * classes, 3, 1f));
                using var dp = new GuardedFloats(Rows * classes);
                using var dq = new GuardedFloats(Rows * classes);
                fixed (float* m = mask)
                {
                    Softmax.Run(x, stride, m, Rows, classes, p, classes);
                    Softmax.Log(x, stride, m, Rows, classes, q, classes);
                }

                Softmax.Backward(dy, classes, p, classes, Rows, classes, dp, classes);
                Softmax.LogBackward(dy, classes, q, classes, Rows, classes, dq, classes);
                foreach (var buffer in new[] { p, q, dp, dq })
                {
                    buffer.AssertGuards("softmax");
                }

                for (int r = 0; r < Rows; r++)
                {
                    var logarithms = ReferenceSoftmax.LogSoftmax(logits.AsSpan(r * stride, classes), mask);
                    var upstream = dy.Span.Slice(r * classes, classes);
                    double inner = 0;
                    double total = 0;
                    for (int c = 0; c < classes; c++)
                    {
                        inner += upstream[c] * Math.Exp(logarithms[c]);
                        total += upstream[c];
                    }

                    for (int c = 0; c < classes; c++)
                    {
                        int at = (r * classes) + c;
                        double probability = Math.Exp(logarithms[c]);
                        Assert.Equal(probability, p.Span[at], 2e-6 * probability + 1e-9);
                        if (double.IsNegativeInfinity(logarithms[c]))
                        {
                            Assert.Equal(float.NegativeInfinity, q.Span[at]);
                        }
                        else
                        {
                            Assert.Equal(logarithms[c], q.Span[at], 3e-6);
                        }

                        Assert.Equal(probability * (upstream[c] - inner), dp.Span[at], 1e-6);
                        Assert.Equal(upstream[c] - (probability * total), dq.Span[at], 2e-5);
                    }
                }
            }
        }
    }

    private static (float[] Logits, int[] Labels, float[] Mask) Case(int classes, bool masked, float range)
    {
        var logits = Sample.Numbers(Rows * (classes + 1), classes, range);
        var mask = masked ? new float[classes] : [];
        for (int c = 1; c < mask.Length; c += 2)
        {
            mask[c] = float.NegativeInfinity;
        }

        var random = new Random(classes);
        var labels = new int[Rows];
        for (int r = 0; r < Rows; r++)
        {
            labels[r] = masked ? random.Next(classes) & ~1 : random.Next(classes);
        }

        return (logits, labels, mask);
    }

    private static double Run(
        float* x, int stride, int[] labels, float[] mask, int classes, float* losses, float* g, int gStride, float scale, LaneWidth width)
    {
        fixed (int* l = labels)
        fixed (float* m = mask)
        {
            return SoftmaxCrossEntropy.Run(x, stride, l, m, labels.Length, classes, losses, g, gStride, scale, width);
        }
    }
}
