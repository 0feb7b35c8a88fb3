using Engram.Kernels;

namespace Engram.Data;

/// <summary>
/// The random streams of this assembly, one per purpose so that none disturbs another; the step says which digit, task or epoch.
/// The names are part of the results: another name is another sequence.
/// </summary>
internal static class Draws
{
    /// <summary>The look of one synthetic digit; step: its index in the split.</summary>
    public static RandomCursor Digit(ulong seed, bool train, int index) =>
        new(RandomStream.For(seed, train ? "digit, train" : "digit, test", (ulong)index));

    /// <summary>The order of labels in a group of ten synthetic digits; step: the group.</summary>
    public static RandomCursor DigitLabels(ulong seed, bool train, int group) =>
        new(RandomStream.For(seed, train ? "digit labels, train" : "digit labels, test", (ulong)group));

    /// <summary>The arrangement of images before they are cut into blocks.</summary>
    public static RandomCursor Blocks(ulong seed, bool train) =>
        new(RandomStream.For(seed, train ? "blocks, train" : "blocks, test"));

    /// <summary>Which images a task draws from the full set; step: the task.</summary>
    public static RandomCursor TaskImages(ulong seed, bool train, int task) =>
        new(RandomStream.For(seed, train ? "task images, train" : "task images, test", (ulong)task));

    /// <summary>The angle of a rotation task; step: the task.</summary>
    public static RandomCursor Angle(ulong seed, int task) => new(RandomStream.For(seed, "rotation angle", (ulong)task));

    /// <summary>The pixel order of a permutation task; step: the task.</summary>
    public static RandomCursor Permutation(ulong seed, int task) => new(RandomStream.For(seed, "pixel permutation", (ulong)task));

    /// <summary>The colours of one synthetic digit; step: its index in the split.</summary>
    public static RandomCursor Colours(ulong seed, bool train, int index) =>
        new(RandomStream.For(seed, train ? "digit colours, train" : "digit colours, test", (ulong)index));

    /// <summary>Which images a task gives away, and (after the last task) where they go; step: the task.</summary>
    public static RandomCursor Blur(ulong seed, int task) => new(RandomStream.For(seed, "blur", (ulong)task));

    /// <summary>The order of domains.</summary>
    public static RandomCursor Domains(ulong seed) => new(RandomStream.For(seed, "domain order"));

    /// <summary>The order in which images of a class join growing fractions of a dataset, the same for every run; step: the class.</summary>
    public static RandomCursor Fraction(int label) => new(RandomStream.For(0, "fraction", (ulong)label));

    /// <summary>The assignment of classes to tasks.</summary>
    public static RandomCursor Classes(ulong seed) => new(RandomStream.For(seed, "class order"));

    /// <summary>The order of training images in one epoch; step: task and epoch.</summary>
    public static RandomCursor BatchOrder(ulong seed, int task, int epoch) =>
        new(RandomStream.For(seed, "batch order", ((ulong)(uint)task << 32) | (uint)epoch));
}
