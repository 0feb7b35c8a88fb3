using Engram.Kernels;

namespace Engram.Devices.Tests;

/// <summary>Op structs with parameters that make them do something.</summary>
internal static class OpExamples
{
    public static TOp Of<TOp>() where TOp : struct => (TOp)(typeof(TOp).Name switch
    {
        nameof(ClampOp) => new ClampOp(-1.1f, 1.1f),
        nameof(AffineOp) => new AffineOp(1.5f, -0.5f),
        nameof(LeakyReluOp) => new LeakyReluOp(0.1f),
        nameof(ScaleOp) => new ScaleOp(-2.5f),
        nameof(AddScalarOp) => new AddScalarOp(0.75f),
        nameof(AddScaledOp) => new AddScaledOp(-1.5f),
        nameof(DropoutOp) => new DropoutOp(0.55f),
        _ => (object)default(TOp),
    });
}
