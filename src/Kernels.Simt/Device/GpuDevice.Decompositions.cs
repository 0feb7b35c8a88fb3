using Engram.Kernels.LinearAlgebra;

namespace Engram.Kernels.Simt;

internal abstract partial class GpuDevice
{
    public override SvdStatus TruncatedSvd(in View a, RandomizedSvdOptions options, in View u, in View s, View? vt) =>
        throw new NotSupportedException($"{Name}: TruncatedSvd has no kernel yet; download the matrix and decompose it on Device.Host");
}
