namespace Engram.Kernels;

/// <summary>
/// One loop body of <see cref="WorkSplitter.Run"/>. Chunks run in any order on any thread, on one shared copy of the struct:
/// a body must write only what belongs to its chunk.
/// </summary>
public interface IChunkBody
{
    /// <summary>Does chunk number <paramref name="chunk"/>, 0 up to the number of chunks.</summary>
    /// <param name="chunk">The chunk's number.</param>
    void Execute(int chunk);
}
