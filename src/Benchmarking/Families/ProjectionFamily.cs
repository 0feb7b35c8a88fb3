using Engram.Kernels;
using Engram.Kernels.LinearAlgebra.Reference;

namespace Engram.Benchmarking.Families;

/// <summary>
/// A-GEM's projection of gradients as long as an MLP's, a narrow and a wide ResNet-18's. Where the vectors conflict there are two references taken by turns, so made
/// that every call finds a conflict: what one projection leaves still conflicts with the other reference.
/// </summary>
public sealed class ProjectionFamily : IWorkloadFamily
{
    /// <inheritdoc/>
    public string Name => "projection";

    /// <inheritdoc/>
    public string Description => "A-GEM's projection over 0.3 to 11 M parameters, beside PyTorch";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases() =>
        from conflict in new[] { true, false }
        from size in VectorSize.Parameters
        select Case(conflict, size);

    private static WorkloadCase Case(bool conflict, VectorSize size) => new($"projection/{(conflict ? "conflict" : "agree")}-{size.Name}", workspace =>
    {
        const float Cosine = -0.9f;
        int p = size.Count;
        View start = workspace.Empty(p), gradient = workspace.Empty(p), first = workspace.Uniform(1, p), second = workspace.Uniform(2, p);
        Device device = workspace.Device;
        // g = −u − w against u and −0.9·u + 0.44·w: each projection takes one part away and leaves the conflict with the other
        device.Zip(new AddScaledOp(1), first, second, start);
        device.Map(new ScaleOp(conflict ? -1 : 1), start, start);
        device.Map(new ScaleOp(MathF.Sqrt(1 - Cosine * Cosine)), second, second);
        device.Zip(new AddScaledOp(Cosine), second, first, second);
        int turn = 0;
        return new Workload
        {
            Run = conflict ? () => device.Project(gradient, (turn++ & 1) == 0 ? first : second) : () => device.Project(gradient, first),
            Reset = () =>
            {
                turn = 0;
                device.Copy(start, gradient);
            },
            Check = () =>
            {
                double[] expected = ReferenceProjection.Project(Array.ConvertAll(workspace.Host(start), x => (double)x), Array.ConvertAll(workspace.Host(first), x => (double)x));
                return Deviation.Of(workspace.Host(gradient), i => expected[i], 1e-5);
            },
            // the second pass over both vectors, which moves the gradient, needs what the first one finds
            Flops = (conflict ? 8.0 : 6.0) * p,
            BytesRead = (conflict ? 16.0 : 8.0) * p,
            BytesWritten = conflict ? 4.0 * p : 0,
            Python = [new PythonRequest("torch_vectors.py", FormattableString.Invariant($"project {p} {(conflict ? "conflict" : "agree")}"))],
        };
    }, size.IsQuick);
}
