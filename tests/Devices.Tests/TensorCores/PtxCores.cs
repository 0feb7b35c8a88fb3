using System.Runtime.InteropServices;
using Engram.Kernels;
using Engram.Kernels.Ilgpu;
using Engram.Kernels.Simt;

namespace Engram.Devices.Tests;

/// <summary>The kernels' PTX, the very text that a GPU's driver gets, run by <see cref="PtxMachine"/>.</summary>
/// <param name="precision">TF32 or BF16.</param>
/// <param name="text">Another text of the same kernels; null for the module's own.</param>
internal sealed class PtxCores(ProductPrecision precision, string? text = null) : EmulatedCores(precision)
{
    private readonly Dictionary<string, PtxKernel> _kernels = PtxKernel.Read(text ?? PtxModules.Text(precision));

    /// <summary>The machine that ran last.</summary>
    public PtxMachine? Machine { get; private set; }

    protected override string? Run(string kernel, TensorProduct arguments, int groupsX, int groupsY, int groupsZ, LentMemory[] memory)
    {
        Machine = new PtxMachine(_kernels[kernel]);
        byte[] parameters = MemoryMarshal.AsBytes(new ReadOnlySpan<TensorProduct>(in arguments)).ToArray();
        try
        {
            for (int z = 0; z < groupsZ; z++)
            {
                for (int y = 0; y < groupsY; y++)
                {
                    for (int x = 0; x < groupsX; x++)
                        Machine.Run(parameters, memory, GpuDevice.TensorSharedBytes, x, y, z);
                }
            }

            return null;
        }
        catch (InvalidOperationException problem)
        {
            return problem.Message;
        }
    }
}
