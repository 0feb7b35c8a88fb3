using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>Parameters that stay what they are, whatever the optimizer would do with them.</summary>
public sealed partial class TrainingStep
{
    private Tensor _free; // 1 for a parameter that moves, 0 for one that stays
    private Tensor _held; // the values of those that stay, 0 elsewhere

    /// <summary>Bytes of the vectors that say which parameters stay.</summary>
    internal long FrozenBytes => _free.IsEmpty ? 0 : 2L * sizeof(float) * _free.Count;

    /// <summary>
    /// Holds some parameters at their values of now in every step from now on, momentum and weight decay notwithstanding, until the next call. Their part of
    /// <see cref="Gradient"/> and of <see cref="Update"/> is zero.
    /// </summary>
    /// <param name="frozen">Whether a parameter stays [p].</param>
    /// <exception cref="ArgumentException">The length is not that of the parameters.</exception>
    public void Freeze(ReadOnlySpan<bool> frozen)
    {
        if (frozen.Length != Values.Count)
            throw new ArgumentException($"freeze: expected {Values.Count} entries, one per parameter, got {frozen.Length}");
        if (_free.IsEmpty)
            (_free, _held) = (Tensor.Zeros(Device, Values.Count), Tensor.Zeros(Device, Values.Count));
        float[] free = new float[frozen.Length], held = Values.ToArray();
        for (int i = 0; i < frozen.Length; i++)
        {
            free[i] = frozen[i] ? 0f : 1f;
            held[i] = frozen[i] ? held[i] : 0f;
        }

        Device.Upload<float>(free, _free.View.Buffer, 0);
        Device.Upload<float>(held, _held.View.Buffer, 0);
    }

    private void MaskGradient()
    {
        if (!_free.IsEmpty)
            Device.Zip(default(MultiplyOp), Gradient.View, _free.View, Gradient.View);
    }

    // v·1 + 0 and v·0 + held are exact
    private void RestoreFrozen()
    {
        if (_free.IsEmpty)
            return;
        Device.Zip(default(MultiplyOp), Values.View, _free.View, Values.View);
        Device.Zip(default(AddOp), Values.View, _held.View, Values.View);
    }
}
