namespace Engram.Kernels.Simt;

/// <summary>A kernel whose groups meet at barriers. Its source says <c>void Run()</c>; Barriers.targets makes an iterator of it.</summary>
internal interface IGroupKernel
{
    /// <summary>What one thread does, from barrier to barrier; every value is the line of one.</summary>
    IEnumerator<int> Run();
}
