namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Hands out 64-byte aligned pieces of caller-provided scratch. Run over a null pointer it only measures, so the length a kernel asks
/// for and the pieces it takes come from the same lines of code and cannot drift apart.
/// </summary>
internal unsafe ref struct Scratch
{
    private const int Alignment = 64;
    private readonly byte* _start;
    private readonly long _length;
    private long _used;

    internal Scratch(float* start, int floats)
    {
        _start = (byte*)start;
        _length = (long)floats * sizeof(float);
        _used = start == null ? 0 : (Alignment - ((long)start & (Alignment - 1))) & (Alignment - 1);
    }

    /// <summary>Floats to ask for, with room to align a start that is only 4-byte aligned.</summary>
    internal readonly int LengthInFloats => checked((int)((_used + Alignment) / sizeof(float)));

    internal float* Floats(long count) => (float*)Take(count * sizeof(float));

    internal double* Doubles(long count) => (double*)Take(count * sizeof(double));

    internal int* Integers(long count) => (int*)Take(count * sizeof(int));

    private byte* Take(long bytes)
    {
        byte* piece = _start + _used;
        _used += (bytes + Alignment - 1) & -Alignment;
        if (_start == null)
        {
            return null;
        }

        return _used <= _length ? piece : throw new ArgumentException(
            $"scratch: {_used / sizeof(float)} floats are needed so far, {_length / sizeof(float)} were given. "
            + "Ask the kernel's ScratchLength for the same shape and options.");
    }
}
