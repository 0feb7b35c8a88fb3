using Engram.Data;
using Engram.Kernels;
using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>What happens to rows on their way into a training step: changed at random, then normalized. Both are optional.</summary>
internal sealed class InputPreparation
{
    private readonly Normalization? _normalization;
    private readonly Augmentation? _augmentation;
    private readonly int _features;
    private readonly float[] _row;

    public InputPreparation(ImageShape shape, Normalization? normalization, AugmentationOptions? augmentation)
    {
        _normalization = normalization;
        _augmentation = augmentation is { IsIdentity: false } ? new Augmentation(augmentation, shape.Channels, shape.Height, shape.Width) : null;
        _features = shape.Features;
        _row = new float[_augmentation is null ? 0 : _features];
    }

    /// <summary>True when a row is another one each time it is prepared.</summary>
    public bool ChangesRows => _augmentation is not null;

    /// <summary>Prepares the first rows of a step from a batch, which stays as it is.</summary>
    /// <param name="batch">Rows [count, features].</param>
    /// <param name="rows">Receives as many.</param>
    /// <param name="random">Draws of this step.</param>
    /// <param name="augment">False to normalize only.</param>
    public void Copy(ReadOnlySpan<float> batch, Span<float> rows, in RandomStream random, bool augment)
    {
        if (_augmentation is null || !augment)
        {
            batch.CopyTo(rows);
        }
        else
        {
            for (int i = 0; i < batch.Length / _features; i++)
                _augmentation.Apply(batch.Slice(i * _features, _features), rows.Slice(i * _features, _features), random, i);
        }

        _normalization?.Apply(rows, _features);
    }

    /// <summary>Prepares rows in place.</summary>
    /// <param name="rows">Rows [count, features].</param>
    /// <param name="random">Draws of this step.</param>
    /// <param name="first">Number of the first row in the step: every row has draws of its own.</param>
    /// <param name="augment">False to normalize only.</param>
    public void Change(Span<float> rows, in RandomStream random, int first, bool augment)
    {
        for (int i = 0; i < rows.Length / _features && augment && _augmentation is not null; i++)
        {
            Span<float> row = rows.Slice(i * _features, _features);
            row.CopyTo(_row);
            _augmentation.Apply(_row, row, random, first + i);
        }

        _normalization?.Apply(rows, _features);
    }
}
