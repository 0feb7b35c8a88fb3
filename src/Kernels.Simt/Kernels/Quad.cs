namespace Engram.Kernels.Simt;

/// <summary>Four floats that lie one after the other, read and written at once (<see cref="Gpu.Load4"/>).</summary>
internal struct Quad
{
    public float X, Y, Z, W;
}
