using System.Runtime.InteropServices;
using Xunit.Sdk;

namespace Engram.Kernels.Tests;

/// <summary>
/// Native memory for n floats at a chosen misalignment, with marked words on both sides: a kernel that writes past its range is caught.
/// </summary>
internal sealed unsafe class GuardedFloats : IDisposable
{
    private const int Guard = 32;
    private const uint Mark = 0x7FA51DE5;
    private readonly float* _memory;

    public GuardedFloats(int count, int misalignment = 0)
    {
        Count = count;
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)((count + (2 * Guard) + 16) * sizeof(float)), 64);
        Pointer = _memory + Guard + misalignment;
        for (float* p = Pointer - Guard; p < Pointer + count + Guard; p++)
        {
            *(uint*)p = Mark;
        }
    }

    public GuardedFloats(ReadOnlySpan<float> values, int misalignment = 0)
        : this(values.Length, misalignment) => values.CopyTo(Span);

    public int Count { get; }

    public float* Pointer { get; }

    public Span<float> Span => new(Pointer, Count);

    public static implicit operator float*(GuardedFloats floats) => floats.Pointer;

    /// <summary>Fails if anything before or behind the range was written.</summary>
    public void AssertGuards(string what)
    {
        for (int i = 1; i <= Guard; i++)
        {
            if (*(uint*)(Pointer - i) != Mark || *(uint*)(Pointer + Count + i - 1) != Mark)
            {
                throw new XunitException($"{what}: wrote outside its {Count} elements");
            }
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
