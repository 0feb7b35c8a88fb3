using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Kernels.Tests;

public sealed unsafe class OptimizerTests
{
    public static TheoryData<double, double, double, bool> SgdForms => new()
    {
        { 0, 0, 0, false },
        { 0, 0, 0.01, false },
        { 0.9, 0, 0, false },
        { 0.9, 0.3, 0.01, false },
        { 0.9, 0, 0.01, true },
    };

    [Theory]
    [MemberData(nameof(SgdForms))]
    public void Twenty_sgd_steps_follow_the_double_precision_twin(double momentum, double dampening, double decay, bool nesterov)
    {
        const int N = 45;
        using var p = new GuardedFloats(Sample.Numbers(N, 1), 1);
        using var v = new GuardedFloats(N, 2);
        var parameters = Array.ConvertAll(p.Span.ToArray(), x => (double)x);
        var velocity = new double[N];
        for (int step = 1; step <= 20; step++)
        {
            using var g = new GuardedFloats(Sample.Numbers(N, 100 + step));
            var settings = new SgdParameters
            {
                LearningRate = 0.05, Momentum = momentum, Dampening = dampening, WeightDecay = decay, Nesterov = nesterov, IsFirstStep = step == 1,
            };
            SgdStep.Run(p, g, momentum == 0 ? null : v.Pointer, N, settings);
            ReferenceOptimizers.Sgd(parameters, Array.ConvertAll(g.Span.ToArray(), x => (double)x), velocity, settings);
        }

        p.AssertGuards("sgd");
        v.AssertGuards("sgd");
        for (int i = 0; i < N; i++)
        {
            Assert.Equal(parameters[i], p.Span[i], 2e-6 * (1 + Math.Abs(parameters[i])));
        }
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.01, false)]
    [InlineData(0.01, true)]
    public void Fifty_adam_steps_follow_the_double_precision_twin(double decay, bool decoupled)
    {
        const int N = 45;
        using var p = new GuardedFloats(Sample.Numbers(N, 1), 1);
        using var m = new GuardedFloats(new float[N], 2);
        using var v = new GuardedFloats(new float[N], 3);
        var parameters = Array.ConvertAll(p.Span.ToArray(), x => (double)x);
        var mean = new double[N];
        var meanSquare = new double[N];
        for (int step = 1; step <= 50; step++)
        {
            using var g = new GuardedFloats(Sample.Numbers(N, 200 + step));
            var settings = new AdamParameters { LearningRate = 0.01, WeightDecay = decay, IsDecoupled = decoupled, Step = step };
            AdamStep.Run(p, g, m, v, N, settings);
            ReferenceOptimizers.Adam(parameters, Array.ConvertAll(g.Span.ToArray(), x => (double)x), mean, meanSquare, settings);
        }

        foreach (var buffer in new[] { p, m, v })
        {
            buffer.AssertGuards("adam");
        }

        for (int i = 0; i < N; i++)
        {
            Assert.Equal(parameters[i], p.Span[i], 5e-6 * (1 + Math.Abs(parameters[i])));
        }
    }

    [Fact]
    public void The_first_adam_step_moves_every_parameter_by_the_learning_rate()
    {
        using var p = new GuardedFloats(new float[3]);
        using var g = new GuardedFloats([5f, -0.001f, 300f]);
        using var m = new GuardedFloats(new float[3]);
        using var v = new GuardedFloats(new float[3]);
        AdamStep.Run(p, g, m, v, 3, new AdamParameters { LearningRate = 0.1, Step = 1 });
        Assert.Equal(-0.1, p.Span[0], 1e-6);
        Assert.Equal(0.1, p.Span[1], 1e-5);
        Assert.Equal(-0.1, p.Span[2], 1e-6);
    }

    [Fact]
    public void Every_length_and_lane_width_gives_the_same_bits()
    {
        foreach (int n in Sample.Lengths)
        {
            var numbers = Sample.Numbers(n, n);
            var sgd = new SgdParameters { LearningRate = 0.1, Momentum = 0.9, WeightDecay = 0.01, Nesterov = true };
            var plain = new SgdParameters { LearningRate = 0.1, WeightDecay = 0.01 };
            var adam = new AdamParameters { LearningRate = 0.1, WeightDecay = 0.01, Step = 3 };
            float[]? first = null;
            foreach (var width in Sample.Widths)
            {
                using var p = new GuardedFloats(numbers, 1);
                using var g = new GuardedFloats(Sample.Numbers(n, n + 1), 2);
                using var m = new GuardedFloats(Sample.Numbers(n, n + 2), 3);
                using var v = new GuardedFloats(Array.ConvertAll(Sample.Numbers(n, n + 3), Math.Abs));
                SgdStep.Run(p, g, null, n, plain, width);
                SgdStep.Run(p, g, m, n, sgd, width);
                AdamStep.Run(p, g, m, v, n, adam, width);
                float[] all = [.. p.Span, .. m.Span, .. v.Span];
                first ??= all;
                FloatBits.AssertSame(first, all, $"optimizers, width {width}, n {n}");
                foreach (var buffer in new[] { p, g, m, v })
                {
                    buffer.AssertGuards("optimizers");
                }
            }
        }
    }

    [Fact]
    public void Impossible_settings_are_refused()
    {
        using var x = new GuardedFloats(new float[4]);
        Assert.Contains("velocity", Assert.Throws<ArgumentException>(
            () => SgdStep.Run(x, x, null, 4, new SgdParameters { LearningRate = 1, Momentum = 0.5 })).Message);
        Assert.Contains("Nesterov", Assert.Throws<ArgumentException>(
            () => SgdStep.Run(x, x, x, 4, new SgdParameters { LearningRate = 1, Nesterov = true })).Message);
        Assert.Contains("count from 1", Assert.Throws<ArgumentOutOfRangeException>(
            () => AdamStep.Run(x, x, x, x, 4, new AdamParameters { LearningRate = 1, Step = 0 })).Message);
    }
}
