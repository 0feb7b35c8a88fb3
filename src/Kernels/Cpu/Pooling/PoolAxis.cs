using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>The windows along one axis of an image.</summary>
/// <param name="Input">Places of the image.</param>
/// <param name="Output">Number of windows.</param>
/// <param name="Kernel">Places of a window; 0 for adaptive windows, ⌊i·input/output⌋ to ⌈(i + 1)·input/output⌉.</param>
/// <param name="Stride">Places between two windows.</param>
/// <param name="Padding">Places that the first window reaches beyond the image.</param>
public readonly record struct PoolAxis(int Input, int Output, int Kernel, int Stride, int Padding)
{
    /// <summary>The axis of adaptive windows.</summary>
    public static PoolAxis Adaptive(int input, int output) => new(input, output, 0, 0, 0);

    /// <summary>First place of a window within the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Start(int window) => Kernel == 0 ? (int)((long)window * Input / Output) : Math.Max(0, (window * Stride) - Padding);

    /// <summary>One past the last place of a window within the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int End(int window) =>
        Kernel == 0 ? (int)((((long)window + 1) * Input + Output - 1) / Output) : Math.Min(Input, (window * Stride) - Padding + Kernel);

    /// <summary>True when a single window sees the whole axis and nothing else.</summary>
    public bool IsWhole => Output == 1 && Start(0) == 0 && End(0) == Input && (Kernel == 0 || Kernel == Input);

    /// <summary>True when windows of two places lie side by side within the image.</summary>
    public bool IsPairs => Kernel == 2 && Stride == 2 && Padding == 0 && 2 * Output <= Input;
}
