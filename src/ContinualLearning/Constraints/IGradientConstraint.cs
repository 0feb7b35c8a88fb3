namespace Engram.ContinualLearning;

/// <summary>Changes a gradient so that a step along it does not raise the loss that a reference gradient belongs to (to first order).</summary>
public interface IGradientConstraint
{
    /// <summary>Calls of <see cref="Apply"/> so far.</summary>
    long Checks { get; }

    /// <summary>How many of them changed the gradient.</summary>
    long Projections { get; }

    /// <summary>Changes the gradient in place where it conflicts with the reference.</summary>
    /// <param name="gradient">g [p].</param>
    /// <param name="reference">g_ref [p].</param>
    /// <returns>True when the gradient was changed.</returns>
    bool Apply(in Tensor gradient, in Tensor reference);

    /// <summary>Puts the counters back to those of a checkpoint.</summary>
    void Restore(long checks, long projections);
}
