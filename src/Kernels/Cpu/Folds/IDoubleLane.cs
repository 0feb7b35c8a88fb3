namespace Engram.Kernels.Cpu;

/// <summary>A few double accumulators side by side that single-precision products are added to; the same bits in every width.</summary>
internal unsafe interface IDoubleLane<T> where T : struct, IDoubleLane<T>
{
    static abstract int Count { get; }

    static abstract T Zero { get; }

    /// <summary>Reads <see cref="Count"/> single-precision numbers and widens them.</summary>
    static abstract T Widen(float* source);

    /// <summary>
    /// Σ a[i + k·distance]·b[i + k·distance], k = 0…3, of twice <see cref="Count"/> numbers in single precision, (0 + 1) + (2 + 3), added to two
    /// accumulators. No product is fused: processors without fused multiply-adds would compute them in software.
    /// </summary>
    static abstract void AddQuads(ref T lower, ref T upper, float* a, float* b, int distance);

    /// <summary>The same for a·b, b·b and a·a, with every number read once.</summary>
    static abstract void AddQuads(ref QuadSums<T> lower, ref QuadSums<T> upper, float* a, float* b, int distance);

    /// <summary>sum += a·b with one rounding; the product of two widened numbers is exact. In place, so that the sum stays in its register (see <see cref="ILane{T}.Accumulate"/>).</summary>
    static abstract void Accumulate(ref T sum, T a, T b);

    static abstract T Add(T a, T b);

    /// <summary>One number in every place.</summary>
    static abstract T Splat(double value);

    /// <summary>Rounds to single precision and writes <see cref="Count"/> numbers.</summary>
    static abstract void Narrow(T value, float* target);

    /// <summary>Reads <see cref="Count"/> doubles.</summary>
    static abstract T Load(double* source);

    static abstract void Store(T value, double* target);

    /// <summary>The sum of all numbers: the upper half is added to the lower half until one is left.</summary>
    static abstract double FoldSum(T value);
}
