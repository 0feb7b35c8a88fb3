namespace Engram.Kernels;

/// <summary>The best of many scores, in order: a heap of those chosen so far, whose root is the worst of them, in the place of the result.</summary>
internal static class TopSelection
{
    /// <summary>A number that orders as a score does: larger is better, equal scores have equal numbers, NaN has the smallest.</summary>
    /// <param name="bits">The score's bits.</param>
    /// <param name="isSmallest">Not 0 where small scores are good.</param>
    public static int Key(int bits, int isSmallest)
    {
        int magnitude = bits & int.MaxValue;
        if (magnitude > 0x7F800000)
            return int.MinValue;
        int key = bits < 0 ? -magnitude : magnitude; // both zeros are 0
        return isSmallest != 0 ? -key : key;
    }

    /// <summary>Indices of the best scores, best first; at most as many as there are scores.</summary>
    public static void Choose(ReadOnlySpan<float> scores, bool largest, Span<int> chosen)
    {
        if (chosen.IsEmpty)
            return;
        int isSmallest = largest ? 0 : 1;
        for (int i = 0; i < chosen.Length; i++)
            chosen[i] = i;
        for (int i = (chosen.Length / 2) - 1; i >= 0; i--)
            Sink(scores, isSmallest, chosen, i);
        for (int i = chosen.Length; i < scores.Length; i++)
        {
            if (!IsBetter(scores, isSmallest, i, chosen[0]))
                continue;
            chosen[0] = i;
            Sink(scores, isSmallest, chosen, 0);
        }

        // the worst of what is left goes to the end
        for (int end = chosen.Length - 1; end > 0; end--)
        {
            (chosen[0], chosen[end]) = (chosen[end], chosen[0]);
            Sink(scores, isSmallest, chosen[..end], 0);
        }
    }

    private static bool IsBetter(ReadOnlySpan<float> scores, int isSmallest, int a, int b)
    {
        int left = Key(BitConverter.SingleToInt32Bits(scores[a]), isSmallest), right = Key(BitConverter.SingleToInt32Bits(scores[b]), isSmallest);
        return left != right ? left > right : a < b;
    }

    private static void Sink(ReadOnlySpan<float> scores, int isSmallest, Span<int> heap, int at)
    {
        while ((2 * at) + 1 < heap.Length)
        {
            int worst = (2 * at) + 1;
            if (worst + 1 < heap.Length && IsBetter(scores, isSmallest, heap[worst], heap[worst + 1]))
                worst++;
            if (IsBetter(scores, isSmallest, heap[worst], heap[at]))
                return;
            (heap[at], heap[worst]) = (heap[worst], heap[at]);
            at = worst;
        }
    }
}
