namespace Engram.Kernels.Cpu;

/// <summary>The two numbers per element that the backward pass of a batch normalization adds up.</summary>
/// <typeparam name="TSelf">The terms themselves.</typeparam>
internal unsafe interface IChannelTerms<TSelf> : IPairTerms where TSelf : struct, IChannelTerms<TSelf>
{
    /// <summary>The terms of one channel.</summary>
    static abstract TSelf Of(float* dy, float* x, float* y, float mean);
}
