namespace Engram.Autograd;

/// <summary>What a saved tensor is to the rule that saved it; a packer may treat kinds differently.</summary>
public enum SavedKind
{
    /// <summary>The input of a linear map, needed for the gradient of its weight. Lossy packing changes that gradient only.</summary>
    Activation,

    /// <summary>An operand of an elementwise derivative.</summary>
    Elementwise,

    /// <summary>A parameter: it lives in the flat vector anyway and costs nothing extra.</summary>
    Parameter,

    /// <summary>A gradient computed already in the forward pass (fused losses).</summary>
    Gradient,
}

/// <summary>
/// Everything that backward needs goes through here: what is saved can be counted, printed and compressed.
/// </summary>
/// <remarks>A handle is valid until <see cref="Reset"/>, which the tape calls when a new step begins.</remarks>
public interface ISavedTensors
{
    /// <summary>Bytes held for backward since the last reset, parameters not counted, shared memory counted once.</summary>
    long Bytes { get; }

    /// <summary>Largest value of <see cref="Bytes"/> at any reset so far.</summary>
    long PeakBytes { get; }

    /// <summary>Keeps a tensor for backward, exactly or packed.</summary>
    /// <param name="arena">Memory of the running step, for packed forms.</param>
    /// <param name="value">The tensor.</param>
    /// <param name="kind">Its role.</param>
    /// <returns>A handle for <see cref="Load"/>.</returns>
    int Save(Kernels.Arena arena, in Tensor value, SavedKind kind);

    /// <summary>The tensor behind a handle, unpacked if need be.</summary>
    Tensor Load(Kernels.Arena arena, int handle);

    /// <summary>Forgets everything; handles are invalid afterwards.</summary>
    void Reset();
}
