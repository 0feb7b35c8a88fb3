using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// Multi-head self-attention (Vaswani et al., 2017): per head h of width d, y_h = softmax(q_h·k_hᵀ/√d)·v_h. Heads are read and written in place
/// as strided views; of full size only q, k, v and the attention weights are kept for backward.
/// </summary>
public static class Attention
{
    /// <summary>Attends; the maps into queries, keys and values and out of the heads are the model's own linear layers.</summary>
    /// <param name="qkv">[batch, tokens, 3·width]: queries, keys and values side by side, each of them its heads side by side (PyTorch's order).</param>
    /// <param name="heads">Number of heads; divides the width.</param>
    /// <returns>[batch, tokens, width].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Variable Apply(in Variable qkv, int heads)
    {
        if (qkv.Layout.Rank != 3 || heads < 1 || qkv.Size(2) < 1 || qkv.Size(2) % (3 * heads) != 0)
            throw new ArgumentException($"attention: expected qkv [batch, tokens, 3·width] with a width that {heads} heads divide, got {qkv.Layout}");
        if (!qkv.Value.IsContiguous)
            return Apply(Views.Contiguous(qkv), heads);
        Tape tape = qkv.Tape;
        Device device = tape.Device;
        int batch = qkv.Size(0), tokens = qkv.Size(1), width = qkv.Size(2) / 3, head = width / heads;
        float scale = Scale(head);
        Tensor weights = tape.Allocate(batch, heads, tokens, tokens), y = tape.Allocate(batch, tokens, width);
        for (int h = 0; h < heads; h++)
            device.Gemm(Part(qkv.Value, 0, h, head).View, Part(qkv.Value, width, h, head).T.View, weights.Select(1, h).View, scale, 0f, null);
        Tensor rows = weights.Reshape(batch * heads * tokens, tokens);
        device.Softmax(rows.View, rows.View, logarithm: false);
        for (int h = 0; h < heads; h++)
            device.Gemm(weights.Select(1, h).View, Part(qkv.Value, 2 * width, h, head).View, Part(y, 0, h, head).View, 1f, 0f, null);
        if (!tape.Records(qkv))
            return tape.Constant(y);
        var node = new Node
        {
            InputA = qkv.Id,
            SavedA = tape.Saved.Save(tape.Arena, qkv.Value, SavedKind.Elementwise),
            SavedB = tape.Saved.Save(tape.Arena, weights, SavedKind.Elementwise),
        };
        return tape.Record(y, static (ref BackwardContext context) =>
        {
            Device device = context.Device;
            Tensor dy = context.OutputGradient, qkv = context.Saved(0), weights = context.Saved(1);
            int heads = weights.Size(1), width = qkv.Size(2) / 3, head = width / heads;
            float scale = Scale(head);
            Tensor dWeights = context.Temporary(weights.Layout.Sizes), dqkv = context.Destination(0, qkv.Layout.Sizes, out bool accumulate);
            float beta = accumulate ? 1f : 0f;
            for (int h = 0; h < heads; h++)
            {
                View dyh = Part(dy, 0, h, head).View;
                device.Gemm(dyh, Part(qkv, 2 * width, h, head).T.View, dWeights.Select(1, h).View, 1f, 0f, null);
                device.Gemm(weights.Select(1, h).T.View, dyh, Part(dqkv, 2 * width, h, head).View, 1f, beta, null);
            }
            View dRows = dWeights.Reshape(-1, weights.Size(3)).View;
            device.SoftmaxBackward(dRows, weights.Reshape(-1, weights.Size(3)).View, dRows, logarithm: false, accumulate: false);
            for (int h = 0; h < heads; h++)
            {
                Tensor dScores = dWeights.Select(1, h);
                device.Gemm(dScores.View, Part(qkv, width, h, head).View, Part(dqkv, 0, h, head).View, scale, beta, null);
                device.Gemm(dScores.T.View, Part(qkv, 0, h, head).View, Part(dqkv, width, h, head).View, scale, beta, null);
            }
        }, static (ref TangentContext context) =>
        {
            Device device = context.Device;
            Tensor qkv = context.Saved(0), weights = context.Saved(1), tangent = context.ContiguousTangent(0), destination = context.Destination();
            int heads = weights.Size(1), width = qkv.Size(2) / 3, head = width / heads;
            float scale = Scale(head);
            Tensor moved = context.Temporary(weights.Layout.Sizes);
            for (int h = 0; h < heads; h++)
            {
                View scores = moved.Select(1, h).View;
                device.Gemm(Part(tangent, 0, h, head).View, Part(qkv, width, h, head).T.View, scores, scale, 0f, null);
                device.Gemm(Part(qkv, 0, h, head).View, Part(tangent, width, h, head).T.View, scores, scale, 1f, null);
            }
            View rows = moved.Reshape(-1, weights.Size(3)).View;
            device.SoftmaxBackward(rows, weights.Reshape(-1, weights.Size(3)).View, rows, logarithm: false, accumulate: false); // symmetric: its own transpose
            for (int h = 0; h < heads; h++)
            {
                View y = Part(destination, 0, h, head).View;
                device.Gemm(moved.Select(1, h).View, Part(qkv, 2 * width, h, head).View, y, 1f, 0f, null);
                device.Gemm(weights.Select(1, h).View, Part(tangent, 2 * width, h, head).View, y, 1f, 1f, null);
            }
        }, ref node);
    }

    private static float Scale(int head) => (float)(1 / Math.Sqrt(head));

    /// <summary>The columns of one head: [batch, tokens, head].</summary>
    private static Tensor Part(in Tensor x, int start, int index, int head) => x.Slice(2, start + (index * head), head);
}
