using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <content>The dot-product tile: both operands run along k, and what a vector holds is added up at the end.</content>
internal readonly unsafe partial struct GemmRung256
{
    public static void Dot(
        int rows, int columns, nint k, float* a, nint rowA, float* b, nint colB, float* c, nint rowC, float alpha, float beta)
    {
        if (columns == 1)
            DotOf<Count1>(rows, k, a, rowA, b, colB, c, rowC, alpha, beta);
        else
            DotOf<Count4>(rows, k, a, rowA, b, colB, c, rowC, alpha, beta);
    }

    private static void DotOf<TC>(
        int rows, nint k, float* a, nint rowA, float* b, nint colB, float* c, nint rowC, float alpha, float beta)
        where TC : struct, ICount
    {
        switch (rows)
        {
            case 3: Inner<Count3, TC>(k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            case 2: Inner<Count2, TC>(k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            default: Inner<Count1, TC>(k, a, rowA, b, colB, c, rowC, alpha, beta); break;
        }
    }

    // c[i, j] for i < TR, j < TC; both operands run along k, accumulator sI_J holds partial sums of element (I, J)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Inner<TR, TC>(
        nint k, float* a, nint rowA, float* b, nint colB, float* c, nint rowC, float alpha, float beta)
        where TR : struct, ICount
        where TC : struct, ICount
    {
        var a0 = a;
        var b0 = b;
        var b3 = b + 3 * colB;
        Vector256<float> s0_0 = default, s0_1 = default, s0_2 = default, s0_3 = default;
        Vector256<float> s1_0 = default, s1_1 = default, s1_2 = default, s1_3 = default;
        Vector256<float> s2_0 = default, s2_1 = default, s2_2 = default, s2_3 = default;
        var left = k;
        for (; left >= 8; left -= 8)
        {
            var x0 = Vector256.Load(a0);
            var x1 = TR.Count > 1 ? Vector256.Load(a0 + rowA) : default;
            var x2 = TR.Count > 2 ? Vector256.Load(a0 + 2 * rowA) : default;
            {
                var y = Vector256.Load(b0);
                s0_0 = Vector256.MultiplyAddEstimate(x0, y, s0_0);
                if (TR.Count > 1) s1_0 = Vector256.MultiplyAddEstimate(x1, y, s1_0);
                if (TR.Count > 2) s2_0 = Vector256.MultiplyAddEstimate(x2, y, s2_0);
            }
            if (TC.Count > 1)
            {
                var y = Vector256.Load(b0 + colB);
                s0_1 = Vector256.MultiplyAddEstimate(x0, y, s0_1);
                if (TR.Count > 1) s1_1 = Vector256.MultiplyAddEstimate(x1, y, s1_1);
                if (TR.Count > 2) s2_1 = Vector256.MultiplyAddEstimate(x2, y, s2_1);
            }
            if (TC.Count > 1)
            {
                var y = Vector256.Load(b0 + 2 * colB);
                s0_2 = Vector256.MultiplyAddEstimate(x0, y, s0_2);
                if (TR.Count > 1) s1_2 = Vector256.MultiplyAddEstimate(x1, y, s1_2);
                if (TR.Count > 2) s2_2 = Vector256.MultiplyAddEstimate(x2, y, s2_2);
            }
            if (TC.Count > 1)
            {
                var y = Vector256.Load(b3);
                s0_3 = Vector256.MultiplyAddEstimate(x0, y, s0_3);
                if (TR.Count > 1) s1_3 = Vector256.MultiplyAddEstimate(x1, y, s1_3);
                if (TR.Count > 2) s2_3 = Vector256.MultiplyAddEstimate(x2, y, s2_3);
            }
            a0 += 8;
            b0 += 8;
            b3 += 8;
        }

        if (left > 0)
        {
            // the last vector reaches back over columns already summed (k >= 8 is the caller's promise); both operands are masked,
            // so that an infinity summed before does not meet a zero here
            var keep = Vector256.GreaterThanOrEqual(Vector256<int>.Indices, Vector256.Create(8 - (int)left)).AsSingle();
            var back = 8 - left;
            a0 -= back;
            b0 -= back;
            b3 -= back;
            var x0 = Vector256.Load(a0) & keep;
            var x1 = TR.Count > 1 ? Vector256.Load(a0 + rowA) & keep : default;
            var x2 = TR.Count > 2 ? Vector256.Load(a0 + 2 * rowA) & keep : default;
            {
                var y = Vector256.Load(b0) & keep;
                s0_0 = Vector256.MultiplyAddEstimate(x0, y, s0_0);
                if (TR.Count > 1) s1_0 = Vector256.MultiplyAddEstimate(x1, y, s1_0);
                if (TR.Count > 2) s2_0 = Vector256.MultiplyAddEstimate(x2, y, s2_0);
            }
            if (TC.Count > 1)
            {
                var y = Vector256.Load(b0 + colB) & keep;
                s0_1 = Vector256.MultiplyAddEstimate(x0, y, s0_1);
                if (TR.Count > 1) s1_1 = Vector256.MultiplyAddEstimate(x1, y, s1_1);
                if (TR.Count > 2) s2_1 = Vector256.MultiplyAddEstimate(x2, y, s2_1);
            }
            if (TC.Count > 1)
            {
                var y = Vector256.Load(b0 + 2 * colB) & keep;
                s0_2 = Vector256.MultiplyAddEstimate(x0, y, s0_2);
                if (TR.Count > 1) s1_2 = Vector256.MultiplyAddEstimate(x1, y, s1_2);
                if (TR.Count > 2) s2_2 = Vector256.MultiplyAddEstimate(x2, y, s2_2);
            }
            if (TC.Count > 1)
            {
                var y = Vector256.Load(b3) & keep;
                s0_3 = Vector256.MultiplyAddEstimate(x0, y, s0_3);
                if (TR.Count > 1) s1_3 = Vector256.MultiplyAddEstimate(x1, y, s1_3);
                if (TR.Count > 2) s2_3 = Vector256.MultiplyAddEstimate(x2, y, s2_3);
            }
        }

        Sum<TC>(c, s0_0, s0_1, s0_2, s0_3, alpha, beta);
        if (TR.Count > 1) Sum<TC>(c + 1 * rowC, s1_0, s1_1, s1_2, s1_3, alpha, beta);
        if (TR.Count > 2) Sum<TC>(c + 2 * rowC, s2_0, s2_1, s2_2, s2_3, alpha, beta);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sum<TC>(
        float* c, Vector256<float> s0, Vector256<float> s1, Vector256<float> s2, Vector256<float> s3, float alpha, float beta)
        where TC : struct, ICount
    {
        if (TC.Count > 1)
            GemmLanes.StoreSums(c, Fold(s0), Fold(s1), Fold(s2), Fold(s3), alpha, beta);
        else
            GemmLanes.StoreSum(c, Fold(s0), alpha, beta);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Fold(Vector256<float> x) => x.GetLower() + x.GetUpper();
}
