using Engram.Kernels;
using Engram.Kernels.Ilgpu;

namespace Engram.Devices.Tests;

/// <summary>The tensor core kernels on NVIDIA GPUs, where there are any: the driver takes their text, and they compute what the emulated ones do.</summary>
public class TensorCoreDeviceTests
{
    public static TheoryData<string> Precisions => ["tf32", "bf16"];

    [SkippableTheory]
    [MemberData(nameof(Precisions))]
    public void Products_and_convolutions_agree_on_every_GPU(string precision)
    {
        IlgpuFinding[] found = [.. IlgpuBackend.Find().Where(finding => finding.Available && finding.Name.StartsWith("cuda", StringComparison.Ordinal))];
        Skip.If(found.Length == 0, "no NVIDIA GPU here");
        foreach (IlgpuFinding finding in found)
        {
            using Device device = IlgpuBackend.Create(finding.Name, new DeviceOptions { Precision = ProductPrecisions.Parse(precision) });
            Assert.Equal(precision, device.Precision.Name());
            Assert.Contains(precision, device.Name);
            var on = new OnDevice(device);
            foreach ((int m, int n, int k, int start) in new[] { (16, 16, 16, 0), (128, 128, 32, 0), (300, 200, 520, 0), (131, 257, 701, 1), (20, 36, 1500, 3) })
            {
                for (int turned = 0; turned < 4; turned++)
                    TensorCoreCases.Product(on, m, n, k, start, (turned & 1) != 0, (turned & 2) != 0, smooth: true);
            }

            TensorCoreCases.Convolution(on, [2, 16, 8, 8], [16, 16, 3, 3], ConvolutionGeometry.Square(padding: 1));
            TensorCoreCases.Convolution(on, [2, 34, 9, 7], [34, 17, 3, 3], ConvolutionGeometry.Square(stride: 2, padding: 1, groups: 2));
            TensorCoreCases.Convolution(on, [16, 64, 28, 28], [128, 64, 3, 3], ConvolutionGeometry.Square(stride: 2, padding: 1));
            Assert.Equal((78, 0), (device.ProductCounts!.Value.TensorCores, device.ProductCounts.Value.Fp32));
        }
    }

    [SkippableFact]
    public void A_device_without_tensor_cores_refuses_with_its_name_and_the_remedy()
    {
        Skip.IfNot(IlgpuBackend.IsJoined, "this build has no ILGPU package");
        var rounded = new DeviceOptions { Precision = ProductPrecision.Tf32 };
        Assert.Contains("ilgpu-cpu: precision tf32 needs the tensor cores", Assert.Throws<NotSupportedException>(() => IlgpuBackend.Create("ilgpu-cpu", rounded)).Message);
    }
}
