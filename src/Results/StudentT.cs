namespace Engram.Results;

/// <summary>
/// Student's t distribution with ν degrees of freedom: distribution function by the regularized incomplete beta
/// function, P(|T| &gt; t) = I_x(ν/2, 1/2) with x = ν/(ν + t²), quantile by bisection on it.
/// </summary>
public static class StudentT
{
    /// <summary>Probability of a value farther from zero than <paramref name="t"/> on either side (the two-sided p).</summary>
    /// <param name="t">The statistic; its sign does not matter.</param>
    /// <param name="degreesOfFreedom">ν, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">ν is not positive.</exception>
    public static double TwoSidedTail(double t, double degreesOfFreedom)
    {
        RequireDegrees(degreesOfFreedom);
        if (double.IsNaN(t))
        {
            return double.NaN;
        }

        if (double.IsInfinity(t))
        {
            return 0;
        }

        var square = t * t;
        // Both x and 1−x are formed without a subtraction, so neither end loses digits.
        return IncompleteBeta(
            degreesOfFreedom / (degreesOfFreedom + square),
            square / (degreesOfFreedom + square),
            degreesOfFreedom / 2,
            0.5);
    }

    /// <summary>P(T ≤ t).</summary>
    /// <param name="t">The point.</param>
    /// <param name="degreesOfFreedom">ν, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">ν is not positive.</exception>
    public static double Cumulative(double t, double degreesOfFreedom)
    {
        var tail = TwoSidedTail(t, degreesOfFreedom) / 2;
        return t > 0 ? 1 - tail : tail;
    }

    /// <summary>The t with P(T ≤ t) = <paramref name="probability"/>, to a relative 1e-12.</summary>
    /// <param name="probability">In (0, 1).</param>
    /// <param name="degreesOfFreedom">ν, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is outside (0, 1) or ν is not positive.</exception>
    public static double Quantile(double probability, double degreesOfFreedom)
    {
        RequireDegrees(degreesOfFreedom);
        if (!(probability > 0 && probability < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(probability), probability, "Student-t quantile: the probability must lie strictly between 0 and 1.");
        }

        if (probability == 0.5)
        {
            return 0;
        }

        var tail = 2 * Math.Min(probability, 1 - probability);
        var high = 1.0;
        while (TwoSidedTail(high, degreesOfFreedom) > tail)
        {
            high *= 2;
        }

        var low = 0.0;
        for (var i = 0; i < 200 && high - low > 1e-13 * high; i++)
        {
            var middle = 0.5 * (low + high);
            if (TwoSidedTail(middle, degreesOfFreedom) > tail)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        var t = 0.5 * (low + high);
        return probability > 0.5 ? t : -t;
    }

    private static void RequireDegrees(double degreesOfFreedom)
    {
        if (!(degreesOfFreedom > 0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(degreesOfFreedom), degreesOfFreedom, "Student t: the degrees of freedom must be positive.");
        }
    }

    /// <summary>I_x(a, b), with y = 1−x given separately.</summary>
    private static double IncompleteBeta(double x, double y, double a, double b)
    {
        if (x <= 0)
        {
            return 0;
        }

        if (y <= 0)
        {
            return 1;
        }

        var front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + (a * Math.Log(x)) + (b * Math.Log(y)));
        // The fraction converges fast below the mean; above it the symmetry I_x(a,b) = 1 − I_y(b,a) takes over.
        return x < (a + 1) / (a + b + 2)
            ? front * ContinuedFraction(x, a, b) / a
            : 1 - (front * ContinuedFraction(y, b, a) / b);
    }

    /// <summary>The continued fraction of the incomplete beta function, by the modified Lentz recurrence.</summary>
    private static double ContinuedFraction(double x, double a, double b)
    {
        const double tiny = 1e-300;
        static double AwayFromZero(double value) => Math.Abs(value) < tiny ? tiny : value;

        var c = 1.0;
        var d = 1 / AwayFromZero(1 - ((a + b) * x / (a + 1)));
        var fraction = d;
        for (var m = 1; m <= 1000; m++)
        {
            var even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            d = 1 / AwayFromZero(1 + (even * d));
            c = AwayFromZero(1 + (even / c));
            fraction *= d * c;

            var odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = 1 / AwayFromZero(1 + (odd * d));
            c = AwayFromZero(1 + (odd / c));
            var step = d * c;
            fraction *= step;
            if (Math.Abs(step - 1) < 1e-15)
            {
                break;
            }
        }

        return fraction;
    }

    /// <summary>ln Γ(x), x &gt; 0: Stirling's series above 10, reached by the recurrence Γ(x+1) = x Γ(x).</summary>
    private static double LogGamma(double x)
    {
        var shift = 0.0;
        while (x < 10)
        {
            shift += Math.Log(x);
            x += 1;
        }

        var inverse = 1 / x;
        var square = inverse * inverse;
        var series = inverse * ((1.0 / 12) - (square * ((1.0 / 360) - (square * ((1.0 / 1260) - (square * ((1.0 / 1680)
            - (square * ((1.0 / 1188) - (square * (691.0 / 360360)))))))))));
        return ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + series - shift;
    }
}
