using System.Runtime.InteropServices;

namespace Engram.Kernels.Tests;

/// <summary>
/// Native memory for n floats between two pages that must not be touched, flush with the first or with the second: a kernel that reads or writes
/// one float beyond that end stops the test process. (On Linux; elsewhere ordinary memory, so that the values are compared at least.)
/// </summary>
internal sealed unsafe partial class EdgeFloats : IDisposable
{
    private const int NoAccess = 0, ReadWrite = 3, PrivateAnonymous = 0x22;
    private readonly nuint _size;
    private readonly byte* _memory;

    public EdgeFloats(int count, bool atEnd)
    {
        nuint page = (nuint)Environment.SystemPageSize, bytes = (nuint)count * sizeof(float), inside = (bytes + page - 1) / page * page;
        Count = count;
        _size = inside + (2 * page);
        if (!OperatingSystem.IsLinux())
        {
            _memory = (byte*)NativeMemory.Alloc(_size);
        }
        else
        {
            _memory = Map(null, _size, ReadWrite, PrivateAnonymous, -1, 0);
            if ((nint)_memory == -1 || Protect(_memory, page, NoAccess) != 0 || Protect(_memory + page + inside, page, NoAccess) != 0)
            {
                throw new InvalidOperationException($"no {_size} bytes between guard pages, error {Marshal.GetLastPInvokeError()}");
            }
        }

        Pointer = (float*)(_memory + page + (atEnd ? inside - bytes : 0));
    }

    public EdgeFloats(ReadOnlySpan<float> values, bool atEnd)
        : this(values.Length, atEnd) => values.CopyTo(Span);

    public int Count { get; }

    public float* Pointer { get; }

    public Span<float> Span => new(Pointer, Count);

    public static implicit operator float*(EdgeFloats floats) => floats.Pointer;

    public void Dispose()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Unmap(_memory, _size);
        }
        else
        {
            NativeMemory.Free(_memory);
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* Map(void* address, nuint size, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(byte* address, nuint size, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(byte* address, nuint size);
}
