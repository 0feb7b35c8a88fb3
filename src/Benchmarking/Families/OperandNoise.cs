using Engram.Kernels;

namespace Engram.Benchmarking.Families;

/// <summary>
/// Relative changes of the operands of products, as rounding makes them: what a twin takes to find out how far from it a device may be that rounds its operands to TF32 or bfloat16.
/// <para>
/// Such a device is off by at most the unit roundoff u (2⁻¹¹, 2⁻⁸) in every operand of every product, forward and backward. To first order the error of a result is the sum over
/// all those operands of operand times roundoff times the result's derivative: it grows with u, with the magnitudes in the network, and with its depth. A formula would have to guess
/// the last two, and the worst case (all errors of one sign, a factor of √width per product) exceeds the values themselves after two layers. So the twin computes again in double precision with
/// every operand off by a random share of a few u, and how far that takes it is allowed beside float32's tolerance: u times magnitude and depth of this very network. It covers
/// what is not smooth, too: a rectifier whose input changes its sign passes or loses a whole gradient, which happens to a share of the inputs in proportion to u.
/// </para>
/// <para>
/// Rounding moves an operand by 0.4 u (root mean square), noise of <see cref="Margin"/> by 2.3 u. So what is smooth has some nine times the room that it needs on average; where a few
/// changed signs decide, whose number grows with the noise but not what one of them does, there is about four times the room. Products that a device leaves in float32 only bring it nearer.
/// </para>
/// </summary>
/// <param name="size">Largest relative change.</param>
/// <param name="seed">Which changes.</param>
internal sealed class OperandNoise(double size, int seed)
{
    private const double Margin = 4, Safety = 1.5, SquareSafety = 3;

    private Random _random = new(seed);

    /// <summary>What a device's precision of products adds to the tolerance of a result: nothing for float32.</summary>
    /// <param name="device">The device.</param>
    /// <param name="draws">How many noises are tried; the largest distance counts.</param>
    /// <param name="distance">How far the twin with a noise is from the twin without, in the measure of the check.</param>
    public static double Allowance(Device device, int draws, Func<OperandNoise, double> distance) =>
        device.Precision == ProductPrecision.Fp32 ? 0 : Safety * Draw(device, Margin, draws).Max(distance);

    /// <summary>The same for what grows with the square of errors, from its mean under noise of one unit roundoff: large noise would blow it up.</summary>
    /// <param name="device">The device.</param>
    /// <param name="draws">How many noises the mean is of.</param>
    /// <param name="square">Square of an error of the twin with a noise.</param>
    public static double SquareAllowance(Device device, int draws, Func<OperandNoise, double> square) =>
        device.Precision == ProductPrecision.Fp32 ? 0 : SquareSafety * Draw(device, 1, draws).Average(square);

    /// <summary>Begins anew: the same operands in the same order are changed alike, so that a twin with noise is a function like any other and has slopes.</summary>
    public void Restart() => _random = new Random(seed);

    /// <summary>A changed copy of an operand.</summary>
    public double[] On(ReadOnlySpan<double> operand)
    {
        double[] changed = new double[operand.Length];
        for (int i = 0; i < changed.Length; i++)
            changed[i] = operand[i] * (1 + size * (2 * _random.NextDouble() - 1));
        return changed;
    }

    private static IEnumerable<OperandNoise> Draw(Device device, double margin, int draws) =>
        Enumerable.Range(1, draws).Select(seed => new OperandNoise(margin * device.Precision.UnitRoundoff(), seed));
}
