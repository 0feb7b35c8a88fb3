using System.Collections;

namespace Engram.Data;

/// <summary>
/// The tasks of an experiment in order, made one by one as they are asked for; the stream keeps none of them. A task is a pure
/// function of the scenario, the dataset, the seed and its index: a stopped run asks for the task it needs by number.
/// </summary>
public sealed class TaskStream : IEnumerable<StreamTask>
{
    private readonly Func<int, StreamTask> _task;

    /// <summary>Describes a stream.</summary>
    /// <param name="name">What the stream is called.</param>
    /// <param name="knownLength">The number of tasks; null when the stream has no known end.</param>
    /// <param name="outputs">Outputs that a model needs for every task of the stream.</param>
    /// <param name="channels">Planes of an image.</param>
    /// <param name="height">Rows of an image.</param>
    /// <param name="width">Columns of an image.</param>
    /// <param name="task">Makes the task with an index; must be pure.</param>
    public TaskStream(string name, int? knownLength, int outputs, int channels, int height, int width, Func<int, StreamTask> task)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(task);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        if (knownLength is { } length)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(knownLength));
        }

        Name = name;
        KnownLength = knownLength;
        Outputs = outputs;
        Channels = channels;
        Height = height;
        Width = width;
        _task = task;
    }

    /// <summary>What the stream is called, e.g. <c>mnist, rotation</c>.</summary>
    public string Name { get; }

    /// <summary>The number of tasks; null when the stream has no known end.</summary>
    public int? KnownLength { get; }

    /// <summary>Outputs that a model needs for every task of the stream.</summary>
    public int Outputs { get; }

    /// <summary>Planes of an image.</summary>
    public int Channels { get; }

    /// <summary>Rows of an image.</summary>
    public int Height { get; }

    /// <summary>Columns of an image.</summary>
    public int Width { get; }

    /// <summary>How networks are to see the pixels; in [0, 1] for null. The images of tasks stay as they are.</summary>
    public Normalization? Normalization { get; init; }

    /// <summary>Inputs that a model needs: channels · height · width.</summary>
    public int Inputs => Channels * Height * Width;

    /// <summary>Makes one task; its images are not made yet.</summary>
    /// <param name="index">The task, from 0, below <see cref="KnownLength"/> where that is known.</param>
    public StreamTask Task(int index)
    {
        if (index < 0 || index >= KnownLength)
        {
            throw new ArgumentOutOfRangeException(
                nameof(index), index, $"stream '{Name}': task {index} was asked for, it has {KnownLength?.ToString() ?? "tasks from 0 on"}.");
        }

        return _task(index);
    }

    /// <summary>The tasks from an index on, each made when the enumeration reaches it.</summary>
    /// <param name="first">The first task wanted.</param>
    public IEnumerable<StreamTask> From(int first)
    {
        for (int i = first; KnownLength is null || i < KnownLength; i++)
        {
            yield return Task(i);
        }
    }

    /// <inheritdoc/>
    public IEnumerator<StreamTask> GetEnumerator() => From(0).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
