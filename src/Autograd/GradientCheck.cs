using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// Compares backward with central differences, and tangents with backward: for y = f(x₁, x₂, …) and a random direction r, d⟨r, y⟩/dx against
/// (8·(φ(x+h) − φ(x−h)) − (φ(x+2h) − φ(x−2h))) / 12h with φ = ⟨r, y⟩ summed in double precision;
/// and ⟨r, ẏ⟩ along random directions ẋᵢ, of one input at a time and of all together, against Σ ⟨dφ/dxᵢ, ẋᵢ⟩.
/// </summary>
public static class GradientCheck
{
    /// <summary>The function under test: inputs on a tape → a value of any shape.</summary>
    public delegate Variable Function(Tape tape, ReadOnlySpan<Variable> inputs);

    /// <summary>Checks every input (up to the element limit) and reports the worst element.</summary>
    /// <param name="device">Where to compute.</param>
    /// <param name="function">What to check; it must be a pure function of its inputs.</param>
    /// <param name="inputs">Contiguous host tensors; changed while the check runs, restored afterwards.</param>
    /// <param name="options">Steps and tolerance.</param>
    /// <exception cref="ArgumentException">An input is not contiguous.</exception>
    public static GradientCheckReport Run(Device device, Function function, IReadOnlyList<Tensor> inputs, GradientCheckOptions? options = null)
    {
        options ??= new GradientCheckOptions();
        foreach (Tensor input in inputs)
        {
            if (!input.IsContiguous)
                throw new ArgumentException($"gradient check: inputs must be contiguous, got a strided {input.Layout}; Clone() it first");
        }
        using var tape = new Tape(device);
        var variables = new Variable[inputs.Count];
        tape.Begin();
        Leaves(tape, inputs, variables);
        Variable y = function(tape, variables);
        using Tensor direction = Tensor.Uninitialized(device, y.Layout.Sizes);
        device.FillUniform(RandomStream.For(options.Seed, "gradient-check", 0), direction.View, -1f, 1f);
        tape.Backward(Reduce.Sum(y * tape.Constant(direction)));
        float[][] analytic = new float[inputs.Count][];
        for (int i = 0; i < inputs.Count; i++)
            analytic[i] = variables[i].Gradient.ToArray();
        float[] weights = direction.ToArray();

        var worst = new GradientCheckReport(true, 0, 0, 0, 0, 0, 0);
        int seen = 0;
        for (int i = 0; i < inputs.Count; i++)
        {
            int count = inputs[i].Count, checks = Math.Min(count, options.ElementsPerInput);
            for (int k = 0; k < checks; k++)
            {
                int element = (int)((long)k * count / checks);
                double numeric = Difference(tape, function, inputs, variables, weights, i, element, options.Step);
                double error = Math.Abs(analytic[i][element] - numeric) / Math.Max(1, Math.Max(Math.Abs(analytic[i][element]), Math.Abs(numeric)));
                seen++;
                if (!(error <= worst.Error))
                    worst = new GradientCheckReport(error <= options.Tolerance, error, i, element, analytic[i][element], numeric, 0);
            }
        }
        GradientCheckReport tangents = Tangents(tape, function, inputs, variables, direction, analytic, options);
        return !tangents.Passed && worst.Passed ? tangents with { Checked = seen } : worst with { Checked = seen };
    }

    private static GradientCheckReport Tangents(
        Tape tape, Function function, IReadOnlyList<Tensor> inputs, Variable[] variables, in Tensor weights, float[][] gradients, GradientCheckOptions options)
    {
        var directions = new Tensor[inputs.Count];
        for (int i = 0; i < directions.Length; i++)
        {
            directions[i] = Tensor.Uninitialized(tape.Device, inputs[i].Layout.Sizes);
            tape.Device.FillUniform(RandomStream.For(options.Seed, "tangent-check", (ulong)i), directions[i].View, -1f, 1f);
        }
        var worst = new GradientCheckReport(true, 0, GradientCheckReport.Tangent, 0, 0, 0, 0);
        for (int moving = 0; moving <= inputs.Count; moving++)
        {
            // one input alone, and in the end all of them: what stands still must count for nothing
            double expected = 0, scale = 1;
            tape.BeginTangents();
            for (int i = 0; i < inputs.Count; i++)
            {
                bool moves = moving == i || moving == inputs.Count;
                variables[i] = moves ? tape.Leaf(inputs[i], directions[i]) : tape.Constant(inputs[i]);
                float[] direction = moves ? directions[i].ToArray() : [];
                for (int k = 0; k < direction.Length; k++)
                {
                    expected += (double)gradients[i][k] * direction[k];
                    scale += Math.Abs((double)gradients[i][k] * direction[k]);
                }
            }
            Variable y = function(tape, variables);
            double tangent = 0;
            float[] r = weights.ToArray(), moved = y.NeedsGradient ? y.Tangent.ToArray() : new float[weights.Count];
            for (int j = 0; j < r.Length; j++)
                tangent += (double)r[j] * moved[j];
            double error = Math.Abs(tangent - expected) / scale;
            if (!(error <= worst.Error))
                worst = new GradientCheckReport(error <= options.Tolerance, error, GradientCheckReport.Tangent, moving, tangent, expected, 0);
        }
        foreach (Tensor direction in directions)
            direction.Dispose();
        return worst;
    }

    private static double Difference(Tape tape, Function function, IReadOnlyList<Tensor> inputs, Variable[] variables, float[] weights, int input, int element, float step)
    {
        Span<float> x = inputs[input].AsSpan();
        float center = x[element], h = step * Math.Max(1f, Math.Abs(center));
        Span<double> values = stackalloc double[4];
        Span<double> points = stackalloc double[4];
        for (int k = 0; k < 4; k++)
        {
            // the step that single precision really takes is used in the quotient
            x[element] = center + (k switch { 0 => h, 1 => -h, 2 => 2 * h, _ => -2 * h });
            points[k] = x[element] - (double)center;
            tape.Begin(recording: false);
            Leaves(tape, inputs, variables);
            float[] y = function(tape, variables).Value.ToArray();
            for (int j = 0; j < y.Length; j++)
                values[k] += (double)weights[j] * y[j];
        }
        x[element] = center;
        double inner = (values[0] - values[1]) / (points[0] - points[1]), outer = (values[2] - values[3]) / (points[2] - points[3]);
        return (4 * inner - outer) / 3;
    }

    private static void Leaves(Tape tape, IReadOnlyList<Tensor> inputs, Variable[] variables)
    {
        for (int i = 0; i < variables.Length; i++)
            variables[i] = tape.Leaf(inputs[i]);
    }
}
