using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <content>The dot-product tile: both operands run along k, and what a vector holds is added up at the end.</content>
internal readonly unsafe partial struct GemmRung512
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
            case 6: Inner<Count6, TC>(k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            case 5: Inner<Count5, TC>(k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            case 4: Inner<Count4, TC>(k, a, rowA, b, colB, c, rowC, alpha, beta); break;
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
        var a3 = a + 3 * rowA;
        var b0 = b;
        var b3 = b + 3 * colB;
        Vector512<float> s0_0 = default, s0_1 = default, s0_2 = default, s0_3 = default;
        Vector512<float> s1_0 = default, s1_1 = default, s1_2 = default, s1_3 = default;
        Vector512<float> s2_0 = default, s2_1 = default, s2_2 = default, s2_3 = default;
        Vector512<float> s3_0 = default, s3_1 = default, s3_2 = default, s3_3 = default;
        Vector512<float> s4_0 = default, s4_1 = default, s4_2 = default, s4_3 = default;
        Vector512<float> s5_0 = default, s5_1 = default, s5_2 = default, s5_3 = default;
        var left = k;
        for (; left >= 16; left -= 16)
        {
            var y0 = Vector512.Load(b0);
            var y1 = TC.Count > 1 ? Vector512.Load(b0 + colB) : default;
            var y2 = TC.Count > 1 ? Vector512.Load(b0 + 2 * colB) : default;
            var y3 = TC.Count > 1 ? Vector512.Load(b3) : default;
            {
                var x = Vector512.Load(a0);
                s0_0 = Vector512.MultiplyAddEstimate(x, y0, s0_0);
                if (TC.Count > 1)
                {
                    s0_1 = Vector512.MultiplyAddEstimate(x, y1, s0_1);
                    s0_2 = Vector512.MultiplyAddEstimate(x, y2, s0_2);
                    s0_3 = Vector512.MultiplyAddEstimate(x, y3, s0_3);
                }
            }
            if (TR.Count > 1)
            {
                var x = Vector512.Load(a0 + rowA);
                s1_0 = Vector512.MultiplyAddEstimate(x, y0, s1_0);
                if (TC.Count > 1)
                {
                    s1_1 = Vector512.MultiplyAddEstimate(x, y1, s1_1);
                    s1_2 = Vector512.MultiplyAddEstimate(x, y2, s1_2);
                    s1_3 = Vector512.MultiplyAddEstimate(x, y3, s1_3);
                }
            }
            if (TR.Count > 2)
            {
                var x = Vector512.Load(a0 + 2 * rowA);
                s2_0 = Vector512.MultiplyAddEstimate(x, y0, s2_0);
                if (TC.Count > 1)
                {
                    s2_1 = Vector512.MultiplyAddEstimate(x, y1, s2_1);
                    s2_2 = Vector512.MultiplyAddEstimate(x, y2, s2_2);
                    s2_3 = Vector512.MultiplyAddEstimate(x, y3, s2_3);
                }
            }
            if (TR.Count > 3)
            {
                var x = Vector512.Load(a3);
                s3_0 = Vector512.MultiplyAddEstimate(x, y0, s3_0);
                if (TC.Count > 1)
                {
                    s3_1 = Vector512.MultiplyAddEstimate(x, y1, s3_1);
                    s3_2 = Vector512.MultiplyAddEstimate(x, y2, s3_2);
                    s3_3 = Vector512.MultiplyAddEstimate(x, y3, s3_3);
                }
            }
            if (TR.Count > 4)
            {
                var x = Vector512.Load(a3 + rowA);
                s4_0 = Vector512.MultiplyAddEstimate(x, y0, s4_0);
                if (TC.Count > 1)
                {
                    s4_1 = Vector512.MultiplyAddEstimate(x, y1, s4_1);
                    s4_2 = Vector512.MultiplyAddEstimate(x, y2, s4_2);
                    s4_3 = Vector512.MultiplyAddEstimate(x, y3, s4_3);
                }
            }
            if (TR.Count > 5)
            {
                var x = Vector512.Load(a3 + 2 * rowA);
                s5_0 = Vector512.MultiplyAddEstimate(x, y0, s5_0);
                if (TC.Count > 1)
                {
                    s5_1 = Vector512.MultiplyAddEstimate(x, y1, s5_1);
                    s5_2 = Vector512.MultiplyAddEstimate(x, y2, s5_2);
                    s5_3 = Vector512.MultiplyAddEstimate(x, y3, s5_3);
                }
            }
            a0 += 16;
            a3 += 16;
            b0 += 16;
            b3 += 16;
        }

        if (left > 0)
        {
            // the last vector reaches back over columns already summed (k >= 16 is the caller's promise); both operands are masked,
            // so that an infinity summed before does not meet a zero here
            var keep = Vector512.GreaterThanOrEqual(Vector512<int>.Indices, Vector512.Create(16 - (int)left)).AsSingle();
            var back = 16 - left;
            a0 -= back;
            a3 -= back;
            b0 -= back;
            b3 -= back;
            var y0 = Vector512.Load(b0) & keep;
            var y1 = TC.Count > 1 ? Vector512.Load(b0 + colB) & keep : default;
            var y2 = TC.Count > 1 ? Vector512.Load(b0 + 2 * colB) & keep : default;
            var y3 = TC.Count > 1 ? Vector512.Load(b3) & keep : default;
            {
                var x = Vector512.Load(a0) & keep;
                s0_0 = Vector512.MultiplyAddEstimate(x, y0, s0_0);
                if (TC.Count > 1)
                {
                    s0_1 = Vector512.MultiplyAddEstimate(x, y1, s0_1);
                    s0_2 = Vector512.MultiplyAddEstimate(x, y2, s0_2);
                    s0_3 = Vector512.MultiplyAddEstimate(x, y3, s0_3);
                }
            }
            if (TR.Count > 1)
            {
                var x = Vector512.Load(a0 + rowA) & keep;
                s1_0 = Vector512.MultiplyAddEstimate(x, y0, s1_0);
                if (TC.Count > 1)
                {
                    s1_1 = Vector512.MultiplyAddEstimate(x, y1, s1_1);
                    s1_2 = Vector512.MultiplyAddEstimate(x, y2, s1_2);
                    s1_3 = Vector512.MultiplyAddEstimate(x, y3, s1_3);
                }
            }
            if (TR.Count > 2)
            {
                var x = Vector512.Load(a0 + 2 * rowA) & keep;
                s2_0 = Vector512.MultiplyAddEstimate(x, y0, s2_0);
                if (TC.Count > 1)
                {
                    s2_1 = Vector512.MultiplyAddEstimate(x, y1, s2_1);
                    s2_2 = Vector512.MultiplyAddEstimate(x, y2, s2_2);
                    s2_3 = Vector512.MultiplyAddEstimate(x, y3, s2_3);
                }
            }
            if (TR.Count > 3)
            {
                var x = Vector512.Load(a3) & keep;
                s3_0 = Vector512.MultiplyAddEstimate(x, y0, s3_0);
                if (TC.Count > 1)
                {
                    s3_1 = Vector512.MultiplyAddEstimate(x, y1, s3_1);
                    s3_2 = Vector512.MultiplyAddEstimate(x, y2, s3_2);
                    s3_3 = Vector512.MultiplyAddEstimate(x, y3, s3_3);
                }
            }
            if (TR.Count > 4)
            {
                var x = Vector512.Load(a3 + rowA) & keep;
                s4_0 = Vector512.MultiplyAddEstimate(x, y0, s4_0);
                if (TC.Count > 1)
                {
                    s4_1 = Vector512.MultiplyAddEstimate(x, y1, s4_1);
                    s4_2 = Vector512.MultiplyAddEstimate(x, y2, s4_2);
                    s4_3 = Vector512.MultiplyAddEstimate(x, y3, s4_3);
                }
            }
            if (TR.Count > 5)
            {
                var x = Vector512.Load(a3 + 2 * rowA) & keep;
                s5_0 = Vector512.MultiplyAddEstimate(x, y0, s5_0);
                if (TC.Count > 1)
                {
                    s5_1 = Vector512.MultiplyAddEstimate(x, y1, s5_1);
                    s5_2 = Vector512.MultiplyAddEstimate(x, y2, s5_2);
                    s5_3 = Vector512.MultiplyAddEstimate(x, y3, s5_3);
                }
            }
        }

        Sum<TC>(c, s0_0, s0_1, s0_2, s0_3, alpha, beta);
        if (TR.Count > 1) Sum<TC>(c + 1 * rowC, s1_0, s1_1, s1_2, s1_3, alpha, beta);
        if (TR.Count > 2) Sum<TC>(c + 2 * rowC, s2_0, s2_1, s2_2, s2_3, alpha, beta);
        if (TR.Count > 3) Sum<TC>(c + 3 * rowC, s3_0, s3_1, s3_2, s3_3, alpha, beta);
        if (TR.Count > 4) Sum<TC>(c + 4 * rowC, s4_0, s4_1, s4_2, s4_3, alpha, beta);
        if (TR.Count > 5) Sum<TC>(c + 5 * rowC, s5_0, s5_1, s5_2, s5_3, alpha, beta);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sum<TC>(
        float* c, Vector512<float> s0, Vector512<float> s1, Vector512<float> s2, Vector512<float> s3, float alpha, float beta)
        where TC : struct, ICount
    {
        if (TC.Count > 1)
            GemmLanes.StoreSums(c, Fold(s0), Fold(s1), Fold(s2), Fold(s3), alpha, beta);
        else
            GemmLanes.StoreSum(c, Fold(s0), alpha, beta);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Fold(Vector512<float> x)
    {
        var half = x.GetLower() + x.GetUpper();
        return half.GetLower() + half.GetUpper();
    }
}
