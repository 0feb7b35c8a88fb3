using Engram.Kernels;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Benchmarking.Families;

/// <summary>Softmax with cross-entropy and its gradient, fused. Five operations an element are counted: subtract, exp, add, scale, subtract.</summary>
public sealed class SoftmaxLossFamily : IWorkloadFamily
{
    /// <inheritdoc/>
    public string Name => "softmax-loss";

    /// <inheritdoc/>
    public string Description => "softmax cross-entropy with its gradient, beside PyTorch's forward and backward";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases() => [Case(10, 10), Case(128, 10, quick: true), Case(128, 100), Case(4096, 10), Case(4096, 100)];

    private static WorkloadCase Case(int rows, int classes, bool quick = false) => new($"softmax-loss/gradient-{rows}x{classes}", workspace =>
    {
        View logits = workspace.Uniform(1, rows, classes), losses = workspace.Empty(rows), gradient = workspace.Empty(rows, classes);
        IndexView labels = workspace.Labels(2, rows, classes);
        Device device = workspace.Device;
        float scale = 1f / rows;
        float[] scores = workspace.Host(logits);
        int[] wanted = workspace.Host(labels);
        return new Workload
        {
            Run = () => device.SoftmaxCrossEntropy(logits, labels, null, losses, gradient, scale),
            Check = () => Compare(scores, wanted, classes, scale, workspace.Host(losses), workspace.Host(gradient)),
            Flops = 5.0 * rows * classes,
            BytesRead = 4.0 * rows * (classes + 1),
            BytesWritten = 4.0 * rows * (classes + 1),
            Outputs = [losses, gradient],
            Python = [new PythonRequest("torch_units.py", $"ce {rows} {classes} 1")],
        };
    }, quick);

    private static Deviation Compare(float[] scores, int[] labels, int classes, float scale, float[] losses, float[] gradient)
    {
        double worst = 0;
        for (int row = 0; row < labels.Length; row++)
        {
            ReadOnlySpan<float> x = scores.AsSpan(row * classes, classes);
            double error = Math.Abs(losses[row] - ReferenceSoftmax.CrossEntropy(x, labels[row]));
            double[] twin = ReferenceSoftmax.CrossEntropyGradient(x, labels[row]);
            // the gradient relative to its scale, so that a large batch is held to the same digits
            for (int c = 0; c < classes; c++)
                error = Math.Max(error, Math.Abs(gradient[row * classes + c] / scale - twin[c]));
            worst = Math.Max(worst, error);
        }

        return new Deviation(worst, 1e-5);
    }
}
