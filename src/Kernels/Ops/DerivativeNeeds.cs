namespace Engram.Kernels;

/// <summary>What the derivative of an op is a function of.</summary>
[Flags]
public enum DerivativeNeeds
{
    /// <summary>Nothing: the op is affine.</summary>
    None = 0,

    /// <summary>The op's input (both inputs, for a binary op).</summary>
    Input = 1,

    /// <summary>The op's output.</summary>
    Output = 2,
}
