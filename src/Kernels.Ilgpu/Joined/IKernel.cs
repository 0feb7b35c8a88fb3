namespace Engram.Kernels.Simt;

/// <summary>A kernel without barriers: a struct whose fields are its arguments.</summary>
internal interface IKernel
{
    /// <summary>What one thread does.</summary>
    void Run();
}
