using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels;

/// <summary>Which lane width this machine computes fastest with.</summary>
public static class LaneWidths
{
    /// <summary>The widest lane that the hardware accelerates; the answer is a constant for the JIT.</summary>
    public static LaneWidth Widest
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.IsHardwareAccelerated ? LaneWidth.Sixteen
            : Vector256.IsHardwareAccelerated ? LaneWidth.Eight
            : Vector128.IsHardwareAccelerated ? LaneWidth.Four
            : LaneWidth.One;
    }
}
