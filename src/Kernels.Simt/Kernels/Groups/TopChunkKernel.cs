namespace Engram.Kernels.Simt;

/// <summary>
/// The best elements of a stretch per group, in order: every thread counts the better ones for its four elements in shared memory. Equal keys stand in the order of
/// their places, and do so in the result, which the next launch may narrow down further.
/// </summary>
internal struct TopChunkKernel : IGroupKernel
{
    /// <summary>Elements of a stretch.</summary>
    public const int Length = 4 * Gpu.Threads;

    public Ints Keys, Places, BestKeys, BestPlaces;
    public int Wanted, Count;

    public void Run()
    {
        Ints shared = Gpu.SharedInts(Length);
        int t = Gpu.Thread, first = Gpu.GroupX * Length, count = Count - first < Length ? Count - first : Length;
        for (int i = t; i < count; i += Gpu.Threads)
            shared[i] = Keys[first + i];
        Gpu.Barrier();
        for (int i = t; i < count; i += Gpu.Threads)
        {
            int key = shared[i], rank = 0;
            for (int j = 0; j < count; j++)
            {
                int other = shared[j];
                if (other > key || (other == key && j < i))
                    rank++;
            }

            if (rank < Wanted)
            {
                BestKeys[(Gpu.GroupX * Wanted) + rank] = key;
                BestPlaces[(Gpu.GroupX * Wanted) + rank] = Places[first + i];
            }
        }
    }
}
