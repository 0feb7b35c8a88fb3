namespace Engram.Data;

/// <summary>
/// One task of a stream. Its images are made when they are first asked for and live as long as the task object does;
/// asking for the test images does not make the training images.
/// </summary>
public sealed class StreamTask
{
    private readonly Lazy<ImageSet> _train;
    private readonly Lazy<ImageSet> _test;

    /// <summary>Describes a task.</summary>
    /// <param name="index">Its place in the stream, from 0.</param>
    /// <param name="name">What changes in it, e.g. <c>rotation 20°</c>.</param>
    /// <param name="classes">The outputs that its labels use, ascending.</param>
    /// <param name="train">Makes the training images.</param>
    /// <param name="test">Makes the test images.</param>
    public StreamTask(int index, string name, int[] classes, Func<ImageSet> train, Func<ImageSet> test)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        Index = index;
        Name = name;
        Classes = [.. classes];
        _train = new Lazy<ImageSet>(train);
        _test = new Lazy<ImageSet>(test);
    }

    /// <summary>The task's place in the stream, from 0.</summary>
    public int Index { get; }

    /// <summary>What changes in the task, e.g. <c>rotation 20°</c>.</summary>
    public string Name { get; }

    /// <summary>The outputs that the task's labels use, ascending: the columns of a masked evaluation.</summary>
    public IReadOnlyList<int> Classes { get; }

    /// <summary>The training images; made at the first call.</summary>
    public ImageSet Train => _train.Value;

    /// <summary>The test images; made at the first call.</summary>
    public ImageSet Test => _test.Value;

    /// <inheritdoc/>
    public override string ToString() => $"task {Index}: {Name}";
}
