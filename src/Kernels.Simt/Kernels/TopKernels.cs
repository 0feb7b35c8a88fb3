namespace Engram.Kernels.Simt;

/// <summary>Scores as whole numbers of the same order (<see cref="TopSelection.Key"/>), with their places.</summary>
internal struct TopKeysKernel : IKernel
{
    public Floats Scores;
    public Ints Keys, Places;
    public int IsSmallest, Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Count)
            return;
        Keys[i] = TopSelection.Key(Gpu.Bits(Scores[i]), IsSmallest);
        Places[i] = i;
    }
}

/// <summary>An element per thread counts the better ones, all over the vector: how many there are is its place in the result.</summary>
internal struct TopRankKernel : IKernel
{
    public Ints Keys, Places, Result;
    public int Wanted, Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Count)
            return;
        int key = Keys[i], rank = 0;
        for (int j = 0; j < Count; j++)
        {
            int other = Keys[j];
            if (other > key || (other == key && j < i))
                rank++;
        }

        if (rank < Wanted)
            Result[rank] = Places[i];
    }
}
