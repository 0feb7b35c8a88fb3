namespace Engram.ContinualLearning;

/// <summary>State that a checkpoint must hold so that learning goes on bit for bit. Random streams need nothing: they follow from seed and step.</summary>
public interface ICheckpointed
{
    /// <summary>Adds all state to a checkpoint. Arrays must not change before it is written.</summary>
    void Save(CheckpointWriter writer);

    /// <summary>Takes all state from a checkpoint.</summary>
    /// <exception cref="CheckpointException">Something is missing, of another size, or out of range.</exception>
    void Load(CheckpointReader reader);
}
