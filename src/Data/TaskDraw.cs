namespace Engram.Data;

/// <summary>The random choices of images that scenarios make, pure functions of seed, task and split.</summary>
internal static class TaskDraw
{
    /// <summary>The order of all images before they are cut into blocks; the same for every task of a stream.</summary>
    public static int[] Order(int count, ulong seed, bool train)
    {
        int[] order = new int[count];
        Draws.Blocks(seed, train).Permutation(order);
        return order;
    }

    /// <summary>Images of one task: all in their order without a limit, else so many different ones at random.</summary>
    public static ImageSet Sample(ImageSet images, int? limit, ulong seed, int task, bool train)
    {
        if (limit is not { } count || count >= images.Count)
        {
            return images;
        }

        int[] chosen = new int[count];
        Draws.TaskImages(seed, train, task).Sample(chosen, images.Count);
        return images.Subset(chosen);
    }
}
