namespace Engram.Kernels.Simt;

/// <summary>
/// How a group walks over its part of a channel of images [batch, channels, positions]: the grid's column is the channel, its row the part. Where positions are a multiple of
/// four a thread takes four neighbours at a time, else one; what meets what in which order follows from the shape alone.
/// </summary>
internal struct ChannelWalk
{
    public int Channels, Positions, Count, Parts;

    /// <summary>4 or 1: elements that a thread takes at a time.</summary>
    public int AtOnce;

    /// <summary>Not 0: all operands begin at multiples of four.</summary>
    public int Wide;

    public readonly int First => AtOnce * ((Gpu.GroupY * Gpu.Threads) + Gpu.Thread);

    public readonly int Step => AtOnce * Parts * Gpu.Threads;

    /// <summary>Where element i of the channel lies.</summary>
    public readonly int At(int i) => (((i / Positions * Channels) + Gpu.GroupX) * Positions) + (i % Positions);

    /// <summary>Reads what a thread takes at a time; of one element, the other three numbers mean nothing.</summary>
    public readonly Quad Read(Floats x, int at) => AtOnce == 4 ? Four.Read(x, at, Wide) : new Quad { X = x[at] };

    /// <summary>Writes what a thread takes at a time, added to what is there where asked.</summary>
    public readonly void Write(Floats y, int at, Quad values, int accumulate)
    {
        if (accumulate != 0)
        {
            Quad old = Read(y, at);
            values = new Quad { X = old.X + values.X, Y = old.Y + values.Y, Z = old.Z + values.Z, W = old.W + values.W };
        }

        if (AtOnce == 4)
            Four.Write(y, at, Wide, values);
        else
            y[at] = values.X;
    }

    /// <summary>The number of the sums of a part of this group's channel; each part has as many as are told.</summary>
    public readonly int Part(int sums, int part) => ((Gpu.GroupX * Parts) + part) * sums;
}
