using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The left operand of a patch product: element (row, channel, tap) at Data + row·RowStride + channel·ChannelStride + the tap's place in
/// the kernel.
/// </summary>
internal unsafe struct PatchWeights
{
    private const int PlacesPerTap = 2;

    // channels whose weights are asked for before they are read
    private const int Ahead = 8;

    /// <summary>Element (0, 0, 0).</summary>
    public float* Data;

    /// <summary>Floats from row to row and from channel to channel.</summary>
    public nint RowStride, ChannelStride;

    /// <summary>True when a row's elements lie in the order in which the product runs through them.</summary>
    public readonly bool InOrder(in PatchSource source) => source.Grids == 1 && ChannelStride == source.Taps;

    /// <summary>Floats of memory that <see cref="Pack"/> needs beside its result, for so many rows and taps.</summary>
    public static nint Scratch(nint rows, nint taps) => rows * taps + PlacesPerTap * taps;

    /// <summary>
    /// Copies rows m0 … m1 and some channels into kernel order: grid after grid, of a grid strip after strip of <paramref name="strip"/> rows, of
    /// a strip to[p · rows + i] for the p-th (channel, tap) of the grid.
    /// </summary>
    /// <param name="source">Which taps belong to which grid.</param>
    /// <param name="m0">First row.</param>
    /// <param name="m1">Behind the last row.</param>
    /// <param name="strip">Rows of a strip.</param>
    /// <param name="channel">First channel.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="to">(m1 − m0) · channels · taps floats.</param>
    /// <param name="scratch">As many floats as <see cref="Scratch"/> says.</param>
    public readonly void Pack(in PatchSource source, nint m0, nint m1, nint strip, int channel, int channels, float* to, float* scratch)
    {
        var places = (int*)scratch;
        var turned = scratch + PlacesPerTap * source.Taps;
        for (var i = m0; i < m1; i += strip)
        {
            var rows = (int)Math.Min(strip, m1 - i);
            var from = Data + i * RowStride + channel * ChannelStride;
            var at = to + (i - m0) * channels * source.Taps;
            if (InOrder(source))
            {
                GemmPacking.Strip(from, RowStride, 1, rows, (nint)channels * source.Taps, at, rows);
                continue;
            }

            if (source.Taps == 1)
            {
                GemmPacking.Strip(from, RowStride, ChannelStride, rows, channels, at, rows);
                continue;
            }

            FindPlaces(source, rows, i - m0, m1 - m0, channels, places);
            if (rows == 8 && RowStride == 9 && source.Taps == 9 && Vector512.IsHardwareAccelerated)
            {
                Turn8x9(from, channels, ChannelStride, places, to);
                continue;
            }

            for (var c = 0; c < channels; c++, from += ChannelStride)
            {
                GemmPacking.Strip(from, RowStride, 1, rows, source.Taps, turned, rows);
                for (var t = 0; t < source.Taps; t++)
                {
                    Copy(turned + t * rows, to + places[2 * t] + (nint)c * places[2 * t + 1], rows);
                }
            }
        }
    }

    // where each tap of the kernel goes: its place for the first channel, floats from channel to channel
    private static void FindPlaces(in PatchSource source, int rows, nint before, nint all, int channels, int* places)
    {
        ref readonly var vertical = ref source.Vertical;
        ref readonly var horizontal = ref source.Horizontal;
        var grid = (nint)0;
        int iEnd, jEnd;
        for (var i = 0; i < vertical.Count; i = iEnd)
        {
            iEnd = vertical.GridEnd(i);
            for (var j = 0; j < horizontal.Count; j = jEnd)
            {
                jEnd = horizontal.GridEnd(j);
                var taps = (iEnd - i) * (jEnd - j);
                var at = grid + before * channels * taps;
                for (var a = i; a < iEnd; a++)
                {
                    for (var b = j; b < jEnd; b++, at += rows)
                    {
                        var tap = vertical.Tap(a) * horizontal.Count + horizontal.Tap(b);
                        places[2 * tap] = checked((int)at);
                        places[2 * tap + 1] = rows * taps;
                    }
                }

                grid += all * channels * taps;
            }
        }
    }

    // eight rows of nine taps lie one after the other: the eight of one tap fall into different lanes of four vectors sixteen floats apart
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn8x9(float* from, int channels, nint channelStride, int* places, float* to)
    {
        var second = Vector512.Create(0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0).AsSingle();
        var third = Vector512.Create(0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0).AsSingle();
        var fourth = Vector512.Create(0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, -1).AsSingle();
        var order = Vector512.Create(0, 9, 2, 11, 4, 13, 6, 15, 0, 9, 2, 11, 4, 13, 6, 15);
        for (var c = 0; c < channels; c++, from += channelStride)
        {
            // these 72 floats and the next channel's lie pages apart: no hardware foresees them
            for (nint line = 0; line < 96 && Sse.IsSupported; line += 16)
                Sse.Prefetch0(from + Ahead * channelStride + line);
            for (var t = 0; t < 9; t++)
            {
                var x = Vector512.Load(from + t);
                x = Vector512.ConditionalSelect(second, Vector512.Load(from + t + 16), x);
                x = Vector512.ConditionalSelect(third, Vector512.Load(from + t + 32), x);
                x = Vector512.ConditionalSelect(fourth, Vector512.Load(from + t + 48), x);
                Vector512.Shuffle(x, order).GetLower().Store(to + places[2 * t] + (nint)c * places[2 * t + 1]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* from, float* to, int count)
    {
        var i = 0;
        for (; i <= count - 4; i += 4)
        {
            Vector128.Load(from + i).Store(to + i);
        }

        for (; i < count; i++)
        {
            to[i] = from[i];
        }
    }
}
