namespace Engram.Data;

/// <summary>The random choices of images that scenarios make, pure functions of seed, task and split.</summary>
internal static class TaskDraw
{
    /// <summary>The order of all images before they are cut into blocks; the same for every task of a stream.</summary>
    public static int[] Order(int count, ulong seed, bool train)
    {
        int[] order = new int[count];
        new RandomWords(seed, RandomPurpose.Blocks, train ? 0ul : 1ul).Shuffle(order);
        return order;
    }

    /// <summary>Images of one task: all in their order without a limit, else so many different ones at random.</summary>
    public static ImageSet Sample(ImageSet images, int? limit, ulong seed, int task, bool train)
    {
        if (limit is not { } count || count >= images.Count)
        {
            return images;
        }

        int[] order = new int[images.Count];
        ulong index = ((ulong)(uint)task << 1) | (train ? 0ul : 1ul);
        new RandomWords(seed, RandomPurpose.TaskImages, index).Shuffle(order);
        return images.Subset(order.AsSpan(0, count));
    }
}
