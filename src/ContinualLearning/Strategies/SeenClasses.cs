namespace Engram.ContinualLearning;

/// <summary>Which classes a stream has shown so far.</summary>
/// <param name="classes">Number of classes.</param>
internal sealed class SeenClasses(int classes) : ICheckpointed
{
    private readonly int[] _seen = new int[classes];

    public bool this[int c] => _seen[c] != 0;

    /// <summary>Notes the classes of a batch.</summary>
    public void See(ReadOnlySpan<int> labels)
    {
        foreach (int label in labels)
            _seen[label] = 1;
    }

    public void Save(CheckpointWriter writer) => writer.Array("classes.seen", _seen);

    public void Load(CheckpointReader reader) => reader.Integers("classes.seen", _seen, 0, 1);
}
