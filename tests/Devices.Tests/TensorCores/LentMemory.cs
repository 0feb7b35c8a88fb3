using System.Runtime.InteropServices;

namespace Engram.Devices.Tests;

/// <summary>Device memory that a kernel may touch; <c>lent</c> of host.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LentMemory
{
    public nint Start;
    public long Count;
    public int Writable;
}
