namespace Engram.Kernels.Simt;

/// <summary>A kernel whose groups meet at barriers.</summary>
internal interface IGroupKernel
{
    /// <summary>What one thread does.</summary>
    void Run();
}
