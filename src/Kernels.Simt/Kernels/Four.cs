namespace Engram.Kernels.Simt;

/// <summary>Four neighbours, at once where they lie so: the same numbers in the same order either way.</summary>
internal static class Four
{
    /// <summary>Reads them.</summary>
    /// <param name="x">Memory.</param>
    /// <param name="at">The first one's index.</param>
    /// <param name="wide">Not 0: indices and the view begin at multiples of four.</param>
    public static Quad Read(Floats x, int at, int wide) => wide != 0 ? Gpu.Load4(x, at) : new Quad { X = x[at], Y = x[at + 1], Z = x[at + 2], W = x[at + 3] };

    /// <summary>Writes them.</summary>
    public static void Write(Floats y, int at, int wide, Quad values)
    {
        if (wide != 0)
        {
            Gpu.Store4(y, at, values);
            return;
        }

        y[at] = values.X;
        y[at + 1] = values.Y;
        y[at + 2] = values.Z;
        y[at + 3] = values.W;
    }
}
