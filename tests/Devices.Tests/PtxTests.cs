using Engram.Kernels;
using Engram.Kernels.Ilgpu;
using Engram.Kernels.LinearAlgebra;

namespace Engram.Devices.Tests;

/// <summary>What ILGPU makes of the kernels for NVIDIA GPUs, where the backend is part of the build; no GPU is needed to see it.</summary>
public class PtxTests
{
    [SkippableFact]
    public void No_kernel_keeps_its_registers_in_memory_and_none_calls_a_function()
    {
        Skip.IfNot(IlgpuBackend.IsJoined, "this build has no ILGPU package");
        string folder = Directory.CreateTempSubdirectory("engram-ptx").FullName;
        Environment.SetEnvironmentVariable("ENGRAM_PTX", folder);
        try
        {
            using Device device = IlgpuBackend.Create("ilgpu-cpu");
            Environment.SetEnvironmentVariable("ENGRAM_PTX", null);
            Use(new OnDevice(device));
            string[] files = Directory.GetFiles(folder, "*.ptx");
            string wide = File.ReadAllText(Assert.Single(files, file => Path.GetFileName(file).StartsWith("WideProduct-MatrixSource", StringComparison.Ordinal)));
            Assert.True(Count(wide, "fma.rn.f32") is >= 64 and < 80, $"a step of the depth is 64 multiply-adds, and a place that writes a few more: {Count(wide, "fma.rn.f32")}");
            Assert.Equal(4 + 1, Count(wide, "ld.shared.v4.f32")); // of a step, and of what is written
            Assert.True(Count(wide, "ld.global.v4.f32") >= 4, "both sides, before the loop and in it");
            Assert.True(files.Length >= 30, $"expected every kernel, found {files.Length} files");
            foreach (string file in files)
            {
                string text = File.ReadAllText(file);
                Assert.Contains(".visible .entry", text);
                Assert.False(text.Contains(".local"), $"{Path.GetFileName(file)} uses local memory");
                Assert.False(text.Contains("\tcall"), $"{Path.GetFileName(file)} calls a function");
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable("ENGRAM_PTX", null);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Count(string text, string instruction) => text.Split(instruction).Length - 1;

    // one small call of every family
    private static void Use(OnDevice on)
    {
        Device d = on.Device;
        View a = on.Random(1, 4, 6), b = on.Random(2, 6, 5), c = on.Empty(4, 5), row = on.Random(3, 5), image = on.Random(4, 1, 2, 5, 5), kernel = on.Random(5, 3, 2, 3, 3);
        View result = on.Empty(1, 3, 3, 3), three = on.Ones(3), column = on.Empty(4), other = on.Empty(4);
        IndexView index = on.Index(0, 1, 2, 3);
        var geometry = ConvolutionGeometry.Square();
        d.Gemm(a, b, c, 1f, 0.5f, row, default(GeluOp));
        d.Gemm(a, b, c, 1f, 0f, null, default(IdentityOp));
        d.Convolve(image, kernel, null, geometry, result);

        // many tiles make wide ones, few and deep ones are cut
        d.Gemm(on.Ones(64, 65, 1), on.Ones(64, 1, 65), on.Empty(64, 65, 65), 1f, 0f, null, default(IdentityOp));
        d.Gemm(on.Ones(4, 512), on.Ones(512, 4), on.Empty(4, 4), 1f, 0f, null, default(IdentityOp));
        d.Convolve(on.Ones(2, 1, 64, 64), on.Ones(65, 1, 1, 1), null, geometry, on.Empty(2, 65, 64, 64));
        d.ConvolveBackwardData(result, kernel, geometry, image, true);
        d.ConvolveBackwardData(on.Ones(1, 3, 2, 2), kernel, ConvolutionGeometry.Square(stride: 2), image, false);
        d.Copy(on.Ones(20, 20).With(Layout.RowMajor([20, 20]).Transpose(0, 1)), on.Empty(20, 20));
        d.ConvolveBackwardWeight(result, image, geometry, kernel, true);
        d.Map(default(ExpOp), c, c);
        d.MapBackward(default(TanhOp), c, c, c, c, true);
        d.Zip(default(DivideOp), c, c, c);
        d.ZipBackward(default(MultiplyOp), ZipSide.B, c, c, c, c, c, true);
        d.Fill(c, 1f);
        foreach (FoldKind kind in Enum.GetValues<FoldKind>())
            d.Fold(kind, c, on.Empty(4, 1));
        d.ArgMax(c, index);
        d.Top(on.Ones(1200), true, index);
        d.Top(on.Ones(1200), true, on.Index(new int[600]));
        d.GatherRows(on.Ones(5, 5), index, c);
        d.ScatterRows(c, index, on.Ones(5, 5), true);
        d.SoftmaxCrossEntropy(c, on.Index(0, 1, 2, 3), null, column, c, 1f);
        d.Softmax(c, c, false);
        d.SoftmaxBackward(c, c, c, true, false);
        View pixels = on.Random(6, 2, 3, 4), mean = on.Empty(3), deviation = on.Empty(3);
        d.BatchNormalization(pixels, null, three, three, on.Ones(3), on.Ones(3), new BatchNormalizationSettings(true), true, mean, deviation, pixels);
        d.BatchNormalizationBackward(pixels, pixels, null, three, mean, deviation, true, new(on.Empty(2, 3, 4), false), default, default, default);
        d.LayerNormalization(c, row, row, 1e-5f, column, other, c);
        d.LayerNormalizationBackward(c, c, row, column, other, new(on.Empty(4, 5), false), new(on.Empty(5), false), default);
        d.Pool(PoolKind.Max, PoolGeometry.Square(2, 1), image, on.Empty(1, 2, 4, 4));
        d.PoolBackward(PoolKind.Max, PoolGeometry.Square(2, 1), on.Ones(1, 2, 4, 4), image, on.Empty(1, 2, 5, 5), false);
        d.FillUniform(RandomStream.For(1, "ptx"), row, 0f, 1f);
        d.FillNormal(RandomStream.For(1, "ptx"), row, 0f, 1f);
        d.SgdStep(row, row, row, new() { LearningRate = 0.1, Momentum = 0.9 });
        d.AdamStep(row, on.Ones(5), on.Ones(5), on.Ones(5), new() { LearningRate = 0.1, Step = 1 });
        d.Project(row, on.Ones(5));
        d.Gram(a, new double[16]);
        d.AddRows([1, 2, 3, 4], a, on.Ones(6));
        d.TruncatedSvd(a, new RandomizedSvdOptions(2) { Path = SvdPath.Sketch }, on.Empty(4, 2), on.Empty(2), on.Empty(2, 6));
        d.TruncatedSvd(on.Ones(4, 6), new RandomizedSvdOptions(2) { Path = SvdPath.Sketch }, on.Empty(4, 2), on.Empty(2), on.Empty(2, 6)); // one direction: reflections
        d.TruncatedSvd(a, new RandomizedSvdOptions(2), on.Empty(4, 2), on.Empty(2), on.Empty(2, 6));
    }
}
