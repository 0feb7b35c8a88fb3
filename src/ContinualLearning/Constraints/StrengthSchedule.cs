namespace Engram.ContinualLearning;

/// <summary>Memory strength over time: JSON <c>{"kind": "by-task", "power": -0.5}</c>.</summary>
public sealed record StrengthSchedule
{
    /// <summary>What the strength follows.</summary>
    public StrengthScheduleKind Kind { get; set; }

    /// <summary>By task: the exponent of the number of past tasks.</summary>
    public double Power { get; set; } = -0.5;

    /// <summary>By violation rate: the rate from which on the strength is whole.</summary>
    public double Target { get; set; } = 0.5;

    /// <summary>By violation rate: steps over which the rate is averaged (exponentially).</summary>
    public int Window { get; set; } = 50;

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    /// <param name="at">JSON path of this record, for the messages.</param>
    public IEnumerable<string> Problems(string at)
    {
        if (!Enum.IsDefined(Kind))
            yield return $"{at}.kind must be \"constant\", \"by-task\" or \"by-violation-rate\", got {(int)Kind}";
        if (!(Math.Abs(Power) <= 4))
            yield return $"{at}.power must be between -4 and 4, got {Power}";
        if (!(Target is > 0 and <= 1))
            yield return $"{at}.target must be above 0 and at most 1, got {Target}";
        if (Window < 1)
            yield return $"{at}.window must be 1 or more steps, got {Window}";
    }

    /// <summary>Factor on the strength.</summary>
    /// <param name="pastTasks">Number of past tasks, at least 1.</param>
    /// <param name="violationRate">Average share of violated constraints.</param>
    public double Factor(int pastTasks, double violationRate) => Kind switch
    {
        StrengthScheduleKind.ByTask => Math.Pow(pastTasks, Power),
        StrengthScheduleKind.ByViolationRate => Math.Min(1, violationRate / Target),
        _ => 1,
    };

    /// <summary>The average after one more step.</summary>
    /// <param name="violationRate">The average before.</param>
    /// <param name="share">Share of constraints that this step's gradient violated.</param>
    public double Observe(double violationRate, double share) => violationRate + (share - violationRate) / Window;
}
