using Engram.ContinualLearning;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.LinearAlgebra.Reference;
using Engram.Models;

namespace Engram.Benchmarking.Families;

/// <summary>
/// A-GEM's projection of gradients as long as an MLP's, a narrow and a wide ResNet-18's. Where the vectors conflict there are two references taken by turns, so made
/// that every call finds a conflict: what one projection leaves still conflicts with the other reference. And GEM's, with the gradients of 19 tasks: Gram matrix, dual
/// problem and combination, of eight conflicting gradients by turns, so that multipliers start from those of another one.
/// </summary>
public sealed class ProjectionFamily : IWorkloadFamily
{
    private const int PastTasks = 19, Batches = 8;

    /// <inheritdoc/>
    public string Name => "projection";

    /// <inheritdoc/>
    public string Description => "A-GEM's projection over 0.3 to 11 M parameters and GEM's with 19 tasks, beside PyTorch";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases() =>
        (from conflict in new[] { true, false }
         from size in VectorSize.Parameters
         select Case(conflict, size))
        .Concat([Gem("exact", DualMethod.ActiveSet), Gem("diagonal", DualMethod.Diagonal)]);

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
                double[] expected = ReferenceProjection.Project(ToDouble(workspace.Host(start)), ToDouble(workspace.Host(first)));
                return Deviation.Of(workspace.Host(gradient), i => expected[i], 1e-5);
            },
            // the second pass over both vectors, which moves the gradient, needs what the first one finds
            Flops = (conflict ? 8.0 : 6.0) * p,
            BytesRead = (conflict ? 16.0 : 8.0) * p,
            BytesWritten = conflict ? 4.0 * p : 0,
            Python = [new PythonRequest("torch_vectors.py", FormattableString.Invariant($"project {p} {(conflict ? "conflict" : "agree")}"))],
        };
    }, size.IsQuick);

    private static WorkloadCase Gem(string name, DualMethod method) => new(FormattableString.Invariant($"projection/gem-t{PastTasks}-{name}"), workspace =>
    {
        const double Strength = 0.5;
        Mlp model = new(new MlpOptions { Input = ImageShape.Flat(784), Hidden = [100, 100], Outputs = 10 });
        int p = model.Parameters.Length, turn = 0;
        Device device = workspace.Device;
        // tasks share a direction, and the batches go against it
        float[] shared = Draw(0, p);
        float[][] references = [.. Enumerable.Range(1, PastTasks).Select(i => Mix(0.3f, shared, 1, Draw(i, p)))];
        float[][] batches = [.. Enumerable.Range(100, Batches).Select(i => Mix(-0.1f, shared, 0.3f, Draw(i, p)))];
        Tensor rows = workspace.Keep(Tensor.Zeros(device, PastTasks + 1, p)), gradient = workspace.Keep(Tensor.Zeros(device, p)), starts = workspace.Keep(Tensor.Zeros(device, Batches, p));
        for (int i = 0; i < PastTasks; i++)
            device.Upload<float>(references[i], rows.View.Buffer, i * p);
        for (int i = 0; i < Batches; i++)
            device.Upload<float>(batches[i], starts.View.Buffer, i * p);
        GemProjection projection = workspace.Keep(new GemProjection(ParameterModules.Of(model.Parameters, ParameterPartition.EqualSlices, 1, 0),
            new DualSettings(method) { WarmStart = true }, ConstraintTrigger.PerModule) { Strength = Strength });
        return new Workload
        {
            Run = () =>
            {
                starts.Select(0, turn++ % Batches).CopyTo(gradient);
                projection.Apply(gradient, rows);
            },
            Reset = () => turn = 0,
            Check = () =>
            {
                double[] expected = StepTwin.Gem(ToDouble(batches[(turn - 1) % Batches]), [.. references.Select(ToDouble)], Strength, method == DualMethod.Diagonal);
                return Deviation.Of(gradient.ToArray(), i => expected[i], 1e-5);
            },
            // products of all pairs, of the gradient with all, and the combination
            Flops = PastTasks * (PastTasks + 1.0) * p + 4.0 * PastTasks * p,
            BytesRead = 4.0 * p * (2 * PastTasks + 3),
            BytesWritten = 12.0 * p,
            Python = method == DualMethod.Diagonal ? [] :
            [
                new PythonRequest("torch_step.py", FormattableString.Invariant($"gemsolver {PastTasks} exact")),
                new PythonRequest("torch_step.py", FormattableString.Invariant($"gemsolver {PastTasks} columns"), Name: "PyTorch, columns"),
            ],
        };
    });

    private static float[] Draw(int seed, int count)
    {
        Random random = new(seed);
        float[] drawn = new float[count];
        for (int i = 0; i < count; i++)
            drawn[i] = random.NextSingle() - 0.5f;
        return drawn;
    }

    private static float[] Mix(float a, float[] x, float b, float[] y) => [.. x.Zip(y, (u, v) => a * u + b * v)];

    private static double[] ToDouble(float[] x) => Array.ConvertAll(x, value => (double)value);
}
