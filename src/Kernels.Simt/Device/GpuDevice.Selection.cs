namespace Engram.Kernels.Simt;

internal abstract partial class GpuDevice
{
    private readonly GpuBuffer<int>?[] _ints = new GpuBuffer<int>?[5];

    public override void Top(in View scores, bool largest, in IndexView indices)
    {
        int count = scores.Count, wanted = indices.Count;
        CheckTop(scores, wanted);
        if (wanted == 0)
            return;
        Ints keys = IntScratch(0, count), places = IntScratch(1, count), result = At(indices);
        Own(indices.Buffer).IsStale = true;
        Each(new TopKeysKernel { Scores = At(scores), Keys = keys, Places = places, IsSmallest = largest ? 0 : 1, Count = count }, count);

        // stretches give their best in order of place, so the order of equal ones survives; where they would not shrink, everyone is compared with everyone
        for (int slot = 2; count > TopChunkKernel.Length && 2 * wanted <= TopChunkKernel.Length; slot = slot == 2 ? 0 : 2)
        {
            int groups = (count + TopChunkKernel.Length - 1) / TopChunkKernel.Length, last = count - ((groups - 1) * TopChunkKernel.Length);
            int left = ((groups - 1) * wanted) + Math.Min(wanted, last);
            Ints bestKeys = IntScratch(slot, left), bestPlaces = IntScratch(slot + 1, left);
            LaunchGroups(new TopChunkKernel { Keys = keys, Places = places, BestKeys = bestKeys, BestPlaces = bestPlaces, Wanted = wanted, Count = count }, groups);
            (keys, places, count) = (bestKeys, bestPlaces, left);
        }

        if (count <= TopChunkKernel.Length)
            LaunchGroups(new TopChunkKernel { Keys = keys, Places = places, BestKeys = IntScratch(4, wanted), BestPlaces = result, Wanted = wanted, Count = count }, 1);
        else
            Each(new TopRankKernel { Keys = keys, Places = places, Result = result, Wanted = wanted, Count = count }, count);
    }

    private Ints IntScratch(int slot, int length)
    {
        if (_ints[slot] is null || _ints[slot]!.Length < length)
        {
            _ints[slot]?.Dispose();
            _ints[slot] = (GpuBuffer<int>)Allocate<int>(length);
        }

        return _ints[slot]!.View(0, length);
    }
}
