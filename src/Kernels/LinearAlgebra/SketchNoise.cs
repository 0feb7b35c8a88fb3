namespace Engram.Kernels.LinearAlgebra;

/// <summary>The random test matrix of a sketch: entries uniform in [−1, 1), a pure function of seed and position.</summary>
internal static unsafe class SketchNoise
{
    internal static void Fill(float* target, long count, ulong seed)
    {
        for (long i = 0; i < count; i += 2)
        {
            ulong x = seed + (ulong)(i / 2 + 1) * 0x9E3779B97F4A7C15;
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
            x ^= x >> 31;
            target[i] = (int)x * (1f / 2147483648f);
            if (i + 1 < count)
            {
                target[i + 1] = (int)(x >> 32) * (1f / 2147483648f);
            }
        }
    }
}
