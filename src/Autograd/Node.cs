using System.Runtime.CompilerServices;
using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>The backward rule of one op: reads the output's gradient and what was saved, adds to the inputs' gradients. Always a static lambda.</summary>
public delegate void BackwardRule(ref BackwardContext context);

/// <summary>Sixteen bytes for an op struct's own parameters (a slope, a factor, bounds).</summary>
[InlineArray(4)]
internal struct OpPayload
{
    private int _first;

    public static OpPayload Of<TOp>(in TOp op) where TOp : struct
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TOp>() || Unsafe.SizeOf<TOp>() > Unsafe.SizeOf<OpPayload>())
            throw new NotSupportedException($"the op struct {typeof(TOp).Name} must hold at most {Unsafe.SizeOf<OpPayload>()} bytes and no references");
        OpPayload payload = default;
        Unsafe.As<OpPayload, TOp>(ref payload) = op;
        return payload;
    }

    public TOp As<TOp>() where TOp : struct => Unsafe.As<OpPayload, TOp>(ref this);
}

/// <summary>One recorded op: its rule, the places of its inputs and output, the handles of what it saved.</summary>
internal struct Node
{
    // a place that an op does not name is empty
    public Node() => InputA = InputB = InputC = InputD = SavedA = SavedB = SavedC = SavedD = -1;

    public BackwardRule Rule = null!;
    public int Output;
    public int InputA, InputB, InputC, InputD;
    public int SavedA, SavedB, SavedC, SavedD;
    public OpPayload Payload;
    public IndexView Indices;
    public Layout LayoutA, LayoutB;
}
