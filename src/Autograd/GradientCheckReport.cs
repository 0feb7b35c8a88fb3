namespace Engram.Autograd;

/// <summary>The worst element that a gradient check found.</summary>
/// <param name="Passed">True when every checked element is within the tolerance.</param>
/// <param name="Error">Largest |analytic − numeric| / max(1, |analytic|, |numeric|).</param>
/// <param name="Input">Which input it was in; <see cref="Tangent"/> where it was the tangent.</param>
/// <param name="Element">Row-major index there; of a tangent, the input that moved alone, or the number of inputs when all moved.</param>
/// <param name="Analytic">What backward said; what the tangent is.</param>
/// <param name="Numeric">What the differences say; of a tangent, what backward says.</param>
/// <param name="Checked">Number of elements looked at.</param>
public sealed record GradientCheckReport(bool Passed, double Error, int Input, int Element, double Analytic, double Numeric, int Checked)
{
    /// <summary>The <see cref="Input"/> of a report about a tangent.</summary>
    public const int Tangent = -1;

    /// <inheritdoc/>
    public override string ToString() => Input == Tangent
        ? $"{(Passed ? "passed" : "FAILED")}: worst error {Error:E2} of a tangent, moving input {Element}: tangent {Analytic:G6}, backward {Numeric:G6}"
        : $"{(Passed ? "passed" : "FAILED")}: {Checked} elements, worst error {Error:E2} at input {Input}, element {Element}: " +
        $"backward {Analytic:G6}, differences {Numeric:G6}";
}
