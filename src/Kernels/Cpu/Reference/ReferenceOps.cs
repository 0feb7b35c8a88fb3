namespace Engram.Kernels.Cpu.Reference;

/// <summary>
/// The elementwise ops and their derivatives in double precision: specification and test oracle of the structs in <c>Ops/</c>.
/// </summary>
public static class ReferenceOps
{
    /// <summary>y = f(x).</summary>
    /// <exception cref="ArgumentException">The op has no twin here.</exception>
    public static double Forward(IUnaryOp op, double x) => op switch
    {
        IdentityOp => x,
        NegateOp => -x,
        AbsOp => Math.Abs(x),
        SquareOp => x * x,
        SqrtOp => Math.Sqrt(x),
        ReciprocalOp => 1 / x,
        ExpOp => Math.Exp(x),
        LogOp => Math.Log(x),
        TanhOp => Math.Tanh(x),
        SigmoidOp => Sigmoid(x),
        ReluOp => x < 0 ? 0 : x,
        LeakyReluOp leaky => x > 0 ? x : leaky.Slope * x,
        GeluOp => double.IsNegativeInfinity(x) ? 0 : 0.5 * x * (1 + ReferenceElementwise.Erf(x / Math.Sqrt(2))),
        GeluTanhOp => double.IsNegativeInfinity(x) ? 0 : 0.5 * x * (1 + Math.Tanh(GeluInner(x))),
        ClampOp clamp => x < clamp.Minimum ? clamp.Minimum : x > clamp.Maximum ? clamp.Maximum : x,
        ScaleOp scale => scale.Factor * x,
        AddScalarOp add => x + add.Addend,
        AffineOp affine => (affine.Factor * x) + affine.Addend,
        SoftplusOp => Math.Max(x, 0) + ReferenceElementwise.LogOnePlus(Math.Exp(-Math.Abs(x))),
        _ => throw NoTwin(op),
    };

    /// <summary>f′(x).</summary>
    /// <exception cref="ArgumentException">The op has no twin here.</exception>
    public static double Derivative(IUnaryOp op, double x) => op switch
    {
        IdentityOp or AddScalarOp => 1,
        NegateOp => -1,
        AbsOp => double.IsNaN(x) ? x : Math.Sign(x),
        SquareOp => 2 * x,
        SqrtOp => 0.5 / Math.Sqrt(x),
        ReciprocalOp => -1 / (x * x),
        ExpOp => Math.Exp(x),
        LogOp => 1 / x,
        TanhOp => 1 / (Math.Cosh(x) * Math.Cosh(x)),
        SigmoidOp => Sigmoid(x) * Sigmoid(-x),
        ReluOp => x > 0 ? 1 : 0,
        LeakyReluOp leaky => x > 0 ? 1 : leaky.Slope,
        GeluOp => double.IsInfinity(x)
            ? (x > 0 ? 1 : 0)
            : (0.5 * (1 + ReferenceElementwise.Erf(x / Math.Sqrt(2)))) + (x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI)),
        GeluTanhOp => GeluTanhDerivative(x),
        ClampOp clamp => x >= clamp.Minimum && x <= clamp.Maximum ? 1 : 0,
        ScaleOp scale => scale.Factor,
        AffineOp affine => affine.Factor,
        SoftplusOp => Sigmoid(x),
        _ => throw NoTwin(op),
    };

    /// <summary>y = f(a, b).</summary>
    /// <exception cref="ArgumentException">The op has no twin here.</exception>
    public static double Forward(IBinaryOp op, double a, double b) => op switch
    {
        AddOp => a + b,
        SubtractOp => a - b,
        MultiplyOp => a * b,
        DivideOp => a / b,
        MaximumOp => Math.Max(a, b),
        MinimumOp => Math.Min(a, b),
        AddScaledOp scaled => a + (scaled.Factor * b),
        DropoutOp dropout => b >= dropout.Probability ? a / (1.0 - dropout.Probability) : 0,
        _ => throw NoTwin(op),
    };

    /// <summary>(∂f/∂a, ∂f/∂b) at (a, b).</summary>
    /// <exception cref="ArgumentException">The op has no twin here.</exception>
    public static (double A, double B) Derivatives(IBinaryOp op, double a, double b) => op switch
    {
        AddOp => (1, 1),
        SubtractOp => (1, -1),
        MultiplyOp => (b, a),
        DivideOp => (1 / b, -a / b / b),
        MaximumOp => a == b ? (0.5, 0.5) : (a > b ? 1 : 0, b > a ? 1 : 0),
        MinimumOp => a == b ? (0.5, 0.5) : (a < b ? 1 : 0, b < a ? 1 : 0),
        AddScaledOp scaled => (1, scaled.Factor),
        DropoutOp dropout => (b >= dropout.Probability ? 1 / (1.0 - dropout.Probability) : 0, 0),
        _ => throw NoTwin(op),
    };

    private static double Sigmoid(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

    private static double GeluInner(double x) => Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x));

    private static double GeluTanhDerivative(double x)
    {
        if (double.IsInfinity(x) || Math.Abs(x) > 1e3)
        {
            return x > 0 ? 1 : 0;
        }

        double tanh = Math.Tanh(GeluInner(x));
        double slope = Math.Sqrt(2 / Math.PI) * (1 + (3 * 0.044715 * x * x));
        return (0.5 * (1 + tanh)) + (0.5 * x * (1 - (tanh * tanh)) * slope);
    }

    private static ArgumentException NoTwin(object op) =>
        new($"reference: {op.GetType().Name} has no double-precision twin. Add it to {nameof(ReferenceOps)}.");
}
