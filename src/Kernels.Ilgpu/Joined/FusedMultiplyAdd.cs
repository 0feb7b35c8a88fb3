using System.Reflection;
using Engram.Kernels.Simt;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace Engram.Kernels.Ilgpu;

/// <summary>
/// Tells ILGPU's compiler for NVIDIA what <see cref="Gpu.Fma"/> is: one instruction with its operands in registers. (ILGPU has the instruction, but no
/// method that leads to it without the CUDA toolkit; inline assembly would go through local memory.)
/// </summary>
internal static class FusedMultiplyAdd
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>For contexts that compile PTX.</summary>
    public static Context.Builder WithFusedMultiplyAdd(this Context.Builder builder)
    {
        builder.GetIntrinsicManager().RegisterMethod(
            typeof(Gpu).GetMethod(nameof(Gpu.Fma), Any)!,
            new PTXIntrinsic(typeof(FusedMultiplyAdd).GetMethod(nameof(Emit), Any)!, IntrinsicImplementationMode.GenerateCode, libDeviceRequired: false));
        return builder;
    }

    private static void Emit(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        var a = generator.LoadPrimitive(value[0]);
        var b = generator.LoadPrimitive(value[1]);
        var c = generator.LoadPrimitive(value[2]);
        var result = generator.AllocateHardware(value);
        using var command = generator.BeginCommand("fma.rn.f32");
        command.AppendArgument(result);
        command.AppendArgument(a);
        command.AppendArgument(b);
        command.AppendArgument(c);
    }
}
