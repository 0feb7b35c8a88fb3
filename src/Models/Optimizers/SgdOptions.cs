using Engram.Kernels;

namespace Engram.Models;

/// <summary>Stochastic gradient descent as PyTorch defines it.</summary>
public sealed record SgdOptions : OptimizerOptions
{
    /// <summary>Learning rate 0.01, no momentum.</summary>
    public SgdOptions() => LearningRate = 0.01;

    /// <summary>0 for plain SGD.</summary>
    public double Momentum { get; set; }

    /// <summary>Look-ahead form of momentum.</summary>
    public bool Nesterov { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        foreach (string problem in CommonProblems())
            yield return problem;
        if (!(Momentum >= 0 && Momentum < 1))
            yield return $"optimizer.momentum must be in [0, 1), got {Momentum}";
        if (Nesterov && Momentum == 0)
            yield return "optimizer.nesterov needs a momentum above 0";
    }

    /// <inheritdoc/>
    public override Optimizer Create(Device device, int length) => new Sgd(this, device, length);

    private sealed class Sgd(SgdOptions options, Device device, int length) : Optimizer
    {
        private readonly Tensor _velocity = options.Momentum == 0 ? default : Tensor.Zeros(device, length);

        public override IReadOnlyList<(string Name, Tensor State)> State => _velocity.IsEmpty ? [] : [("velocity", _velocity)];

        protected override void Apply(in Tensor values, in Tensor gradient) =>
            values.Device.SgdStep(values.View, gradient.View, _velocity.IsEmpty ? null : _velocity.View,
                new SgdParameters
                {
                    LearningRate = options.LearningRate,
                    Momentum = options.Momentum,
                    WeightDecay = options.WeightDecay,
                    Nesterov = options.Nesterov,
                    IsFirstStep = Steps == 1,
                });
    }
}
