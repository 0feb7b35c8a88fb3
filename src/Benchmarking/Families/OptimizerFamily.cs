using Engram.Kernels;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Benchmarking.Families;

/// <summary>Steps of SGD, SGD with momentum and Adam over flat parameter vectors.</summary>
public sealed class OptimizerFamily : IWorkloadFamily
{
    private const double Rate = 1e-3;

    /// <inheritdoc/>
    public string Name => "optimizers";

    /// <inheritdoc/>
    public string Description => "SGD, momentum and Adam over 0.3 to 11 M parameters, beside PyTorch's foreach forms";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases() =>
        from kind in new[] { "sgd", "momentum", "adam" }
        from size in VectorSize.Parameters
        select Case(kind, size);

    private static WorkloadCase Case(string kind, VectorSize size) => new($"optimizers/{kind}-{size.Name}", workspace =>
    {
        int p = size.Count, states = kind switch { "sgd" => 0, "momentum" => 1, _ => 2 };
        Device device = workspace.Device;
        View start = workspace.Uniform(1, p), gradient = workspace.Uniform(2, p), parameters = workspace.Empty(p);
        View[] state = [.. Enumerable.Range(0, states).Select(_ => workspace.Empty(p))];
        long step = 0;
        SgdParameters Sgd() => new() { LearningRate = Rate, Momentum = kind == "momentum" ? 0.9 : 0, IsFirstStep = step == 1 };
        return new Workload
        {
            Run = kind == "adam"
                ? () => device.AdamStep(parameters, gradient, state[0], state[1], new AdamParameters { LearningRate = Rate, Step = ++step })
                : () =>
                {
                    step++;
                    device.SgdStep(parameters, gradient, states == 0 ? null : state[0], Sgd());
                },
            Reset = () =>
            {
                step = 0;
                device.Copy(start, parameters);
                foreach (View one in state)
                    device.Fill(one, 0);
            },
            Check = () =>
            {
                double[] expected = Wide(workspace.Host(start)), slope = Wide(workspace.Host(gradient)), first = new double[p], second = new double[p];
                if (kind == "adam")
                    ReferenceOptimizers.Adam(expected, slope, first, second, new AdamParameters { LearningRate = Rate, Step = 1 });
                else
                    ReferenceOptimizers.Sgd(expected, slope, first, Sgd());
                return Deviation.Of(workspace.Host(parameters), i => expected[i], 1e-6);
            },
            Flops = kind switch { "sgd" => 2.0, "momentum" => 4.0, _ => 12.0 } * p,
            BytesRead = 4.0 * p * (2 + states),
            BytesWritten = 4.0 * p * (1 + states),
            Python = [new PythonRequest("torch_vectors.py", FormattableString.Invariant($"{kind} {p} 0"))],
        };
    }, size.IsQuick);

    private static double[] Wide(float[] x) => Array.ConvertAll(x, value => (double)value);
}
