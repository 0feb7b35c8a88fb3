using Engram.Kernels;

namespace Engram.Models;

/// <summary>Adam (Kingma and Ba, 2015), or AdamW when <see cref="Decoupled"/>, as PyTorch defines them.</summary>
public sealed record AdamOptions : OptimizerOptions
{
    /// <summary>Learning rate 0.001.</summary>
    public AdamOptions() => LearningRate = 0.001;

    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; set; } = 0.999;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; set; } = 1e-8;

    /// <summary>Weight decay acts on the parameters themselves.</summary>
    public bool Decoupled { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        foreach (string problem in CommonProblems())
            yield return problem;
        if (!(Beta1 >= 0 && Beta1 < 1))
            yield return $"optimizer.beta1 must be in [0, 1), got {Beta1}";
        if (!(Beta2 >= 0 && Beta2 < 1))
            yield return $"optimizer.beta2 must be in [0, 1), got {Beta2}";
        if (!(Epsilon > 0))
            yield return $"optimizer.epsilon must be above 0, got {Epsilon}";
    }

    /// <inheritdoc/>
    public override Optimizer Create(Device device, int length) => new Adam(this, device, length);

    private sealed class Adam(AdamOptions options, Device device, int length) : Optimizer
    {
        private readonly Tensor _first = Tensor.Zeros(device, length), _second = Tensor.Zeros(device, length);

        public override IReadOnlyList<(string Name, Tensor State)> State => [("first_moment", _first), ("second_moment", _second)];

        protected override void Apply(in Tensor values, in Tensor gradient) =>
            values.Device.AdamStep(values.View, gradient.View, _first.View, _second.View, new AdamParameters
            {
                LearningRate = options.LearningRate,
                Beta1 = options.Beta1,
                Beta2 = options.Beta2,
                Epsilon = options.Epsilon,
                WeightDecay = options.WeightDecay,
                IsDecoupled = options.Decoupled,
                Step = Steps,
            });
    }
}
