using Engram.Kernels.Simt;

namespace Engram.Devices.Tests;

/// <summary>Reads and writes one past the end.</summary>
internal struct OutOfBounds : IKernel
{
    public Floats X;

    public void Run() => X[Gpu.Global + 1] = 0f;
}

/// <summary>Every thread of every group writes the same element.</summary>
internal struct OneForAll : IKernel
{
    public Floats X;

    public void Run() => X[0] = 1f;
}

/// <summary>The first thread of a group reads what the first thread of the one before it writes.</summary>
internal struct NeighbourGroup : IKernel
{
    public Floats X;

    public void Run()
    {
        if (Gpu.Thread == 0)
            X[Gpu.GroupX] = Gpu.GroupX == 0 ? 1f : X[Gpu.GroupX - 1];
    }
}

/// <summary>Each thread touches its own element only.</summary>
internal struct OwnElement : IKernel
{
    public Floats X;

    public void Run() => X[Gpu.Global] = X[Gpu.Global] + 1f;
}
