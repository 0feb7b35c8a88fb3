namespace Engram.Models;

/// <summary>Moves a flat parameter vector along a flat gradient; its state is vectors of the same length and a step counter.</summary>
public abstract class Optimizer
{
    /// <summary>Steps taken; part of the state (bias correction, first-step rules).</summary>
    public long Steps { get; set; }

    /// <summary>Named state vectors [p], for checkpoints; writing to them restores the state.</summary>
    public abstract IReadOnlyList<(string Name, Tensor State)> State { get; }

    /// <summary>One step.</summary>
    /// <param name="values">Parameters [p], changed in place.</param>
    /// <param name="gradient">[p].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void Step(in Tensor values, in Tensor gradient)
    {
        if (values.Count != gradient.Count)
            throw new ArgumentException($"optimizer: {values.Count} parameters but {gradient.Count} gradient elements");
        Steps++;
        Apply(values, gradient);
    }

    /// <summary>The rule itself; <see cref="Steps"/> counts the running step already.</summary>
    protected abstract void Apply(in Tensor values, in Tensor gradient);
}
