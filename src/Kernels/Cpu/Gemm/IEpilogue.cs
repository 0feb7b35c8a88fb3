namespace Engram.Kernels.Cpu;

/// <summary>What happens to a finished piece of a row of C while it is in cache: an activation, for instance.</summary>
public unsafe interface IEpilogue
{
    /// <summary>True for <see cref="NoEpilogue"/>: the pass over C then disappears.</summary>
    static abstract bool IsIdentity { get; }

    /// <summary>Works on <paramref name="count"/> contiguous finished elements in place; every element is seen exactly once.</summary>
    /// <param name="row">First element.</param>
    /// <param name="count">Number of elements.</param>
    void Apply(float* row, int count);
}
