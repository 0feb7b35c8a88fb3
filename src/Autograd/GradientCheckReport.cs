namespace Engram.Autograd;

/// <summary>The worst element that a gradient check found.</summary>
/// <param name="Passed">True when every checked element is within the tolerance.</param>
/// <param name="Error">Largest |analytic − numeric| / max(1, |analytic|, |numeric|).</param>
/// <param name="Input">Which input it was in.</param>
/// <param name="Element">Row-major index there.</param>
/// <param name="Analytic">What backward said.</param>
/// <param name="Numeric">What the differences say.</param>
/// <param name="Checked">Number of elements looked at.</param>
public sealed record GradientCheckReport(bool Passed, double Error, int Input, int Element, double Analytic, double Numeric, int Checked)
{
    /// <inheritdoc/>
    public override string ToString() => $"{(Passed ? "passed" : "FAILED")}: {Checked} elements, worst error {Error:E2} at input {Input}, element {Element}: " +
        $"backward {Analytic:G6}, differences {Numeric:G6}";
}
