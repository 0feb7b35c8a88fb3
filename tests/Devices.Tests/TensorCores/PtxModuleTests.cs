using System.Runtime.InteropServices;
using Engram.Kernels;
using Engram.Kernels.Ilgpu;
using Engram.Kernels.Simt;

namespace Engram.Devices.Tests;

/// <summary>The PTX of the tensor core kernels: that it is what its source says, and what can be counted in it.</summary>
public class PtxModuleTests
{
    private static readonly string[] Names = ["product_depth_depth", "product_depth_lines", "product_lines_depth", "product_lines_lines", "convolution", "convolution_image", "convolution_weight"];

    public static TheoryData<string> Precisions => ["tf32", "bf16"];

    [SkippableFact]
    public void The_text_is_what_clang_makes_of_the_source()
    {
        const string clang = "clang-14";
        string folder = ModuleSources.Require(), name = Path.Combine(folder, "make-ptx.sh");
        Skip.If(!OperatingSystem.IsLinux() || ModuleSources.Program(clang) is null, $"{clang} is not installed");
        string version = ModuleSources.Run(clang, "--version").Split('\n')[0];
        Skip.IfNot(version.Contains(MadeWith(folder), StringComparison.Ordinal), $"the text was made with clang {MadeWith(folder)}, here is {version}");
        string made = Directory.CreateTempSubdirectory("engram-ptx").FullName;
        try
        {
            ModuleSources.Run("bash", name, made);
            foreach (string precision in new[] { "tf32", "bf16" })
            {
                string text = File.ReadAllText(Path.Combine(made, $"{precision}.ptx"));
                Assert.True(text == File.ReadAllText(Path.Combine(folder, $"{precision}.ptx")), $"{precision}.ptx is not what its source makes: run {Path.GetFileName(name)} and commit");
                Assert.True(text == PtxModules.Text(ProductPrecisions.Parse(precision)), $"the assembly has another {precision}.ptx: build it again");
            }
        }
        finally
        {
            Directory.Delete(made, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Kernels_are_for_a_GPU_of_8_0_keep_everything_in_registers_and_take_the_arguments_of_the_host(string precision)
    {
        string text = PtxModules.Text(ProductPrecisions.Parse(precision));
        Assert.Contains(".version 7.0\n.target sm_80\n.address_size 64", text);
        Assert.DoesNotContain(".local", text);
        Assert.DoesNotContain("call", text);
        Dictionary<string, PtxKernel> kernels = PtxKernel.Read(text);
        Assert.Equal(Names.Select(name => $"{name}_{precision}").Order(), kernels.Keys.Order());
        foreach (PtxKernel kernel in kernels.Values)
        {
            Assert.Equal(Marshal.SizeOf<TensorProduct>(), kernel.Parameters);
            Assert.Contains(".maxntid 256, 1, 1", kernel.Directives);
        }

        Assert.InRange(GpuDevice.TensorSharedBytes, (48 * 1024) + 1, 99 * 1024); // more than any kernel of ILGPU may have, and what every GPU from 8.0 on has
    }

    // a thread's share of a slice of 32: 64·32 + 32·32 numbers of its warp over 8 and 4 sharers, by fours; and of the copies of 128·32 numbers twice
    [Theory]
    [MemberData(nameof(Precisions))]
    public void A_slice_costs_what_it_must_and_no_bank_of_shared_memory_is_wanted_twice(string precision)
    {
        bool bf16 = precision == "bf16";
        foreach (string name in Names[..4])
        {
            bool leftLines = name.StartsWith("product_lines", StringComparison.Ordinal), rightLines = name.EndsWith("lines", StringComparison.Ordinal);
            PtxMachine Ran(int depth)
            {
                using var cores = new PtxCores(ProductPrecisions.Parse(precision));
                using var device = new EmulatorDevice(tensorCores: cores);
                var on = new OnDevice(device);
                View a = leftLines ? on.Random(1, depth, 128) : on.Random(1, 128, depth), b = rightLines ? on.Random(2, depth, 128) : on.Random(2, 128, depth);
                device.Gemm(
                    leftLines ? a.With(a.Layout.Transpose(0, 1)) : a, rightLines ? b : b.With(b.Layout.Transpose(0, 1)), on.Empty(128, 128), 1f, 0f, null);
                Assert.Equal(name, Assert.Single(cores.Launched));
                return cores.Machine!;
            }

            (PtxMachine two, PtxMachine three) = (Ran(64), Ran(96));
            long Slice(string instruction) => three.Executed.GetValueOrDefault(instruction) - two.Executed.GetValueOrDefault(instruction);
            long Taken(string instruction) => three.Wavefronts.GetValueOrDefault(instruction) - two.Wavefronts.GetValueOrDefault(instruction);
            string product = bf16 ? "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32" : "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32";
            const int warps = 8;
            Assert.Equal(warps * (bf16 ? 32 : 64), Slice(product));
            Assert.Equal(warps * 24, Slice("ld.shared.v4.f32"));
            Assert.Equal(warps * 8, Slice("cp.async.cg.shared.global"));
            Assert.Equal(0, Slice("cp.async.ca.shared.global"));
            Assert.Equal(warps * (bf16 ? 48 : 96), Slice(bf16 ? "cvt.rn.bf16x2.f32" : "cvt.rna.tf32.f32"));
            Assert.Equal(warps, Slice("bar.sync"));

            // 512 bytes of a warp take the 32 banks four times
            Assert.Equal(4 * Slice("ld.shared.v4.f32"), Taken("ld.shared.v4.f32"));
            Assert.Equal(4 * Slice("cp.async.cg.shared.global"), Taken("cp.async.cg.shared.global"));
            Assert.Equal(4 * two.Executed["st.shared.v4.f32"], two.Wavefronts["st.shared.v4.f32"]);
            long all = three.Executed.Values.Sum() - two.Executed.Values.Sum();
            Assert.True(all <= warps * (bf16 ? 260 : 340), $"{name}_{precision}: {all / warps} instructions per warp and slice");
        }
    }

    public static TheoryData<string, string, int> Passes => new()
    {
        { "tf32", "convolution", 610 }, { "tf32", "convolution_image", 690 }, { "tf32", "convolution_weight", 930 },
        { "bf16", "convolution", 530 }, { "bf16", "convolution_image", 610 }, { "bf16", "convolution_weight", 850 },
    };

    // the gathered side comes in single numbers, 128·32 of them, 16 per thread: those of a warp lie together in shared memory
    [Theory]
    [MemberData(nameof(Passes))]
    public void A_slice_of_a_convolution_costs_what_gathering_costs(string precision, string name, int most)
    {
        PtxMachine Ran(int slices)
        {
            using var cores = new PtxCores(ProductPrecisions.Parse(precision));
            using var device = new EmulatorDevice(tensorCores: cores);
            var on = new OnDevice(device);
            int depth = 32 * slices, inputs = name == "convolution" ? depth : 128, outputs = name == "convolution_image" ? depth : 128;
            (int images, int stride) = name switch { "convolution_weight" => (slices, 1), "convolution_image" => (1, 2), _ => (4, 1) };
            var geometry = ConvolutionGeometry.Square(stride);
            int height = name == "convolution_image" ? 16 : 4;
            View x = on.Random(1, images, inputs, height, 8), w = on.Random(2, outputs, inputs, 1, 1);
            View y = on.Random(3, images, outputs, geometry.OutputHeight(height, 1), geometry.OutputWidth(8, 1));
            if (name == "convolution")
                device.Convolve(x, w, null, geometry, y);
            else if (name == "convolution_image")
                device.ConvolveBackwardData(y, w, geometry, x, false);
            else
                device.ConvolveBackwardWeight(y, x, geometry, w, false);
            Assert.Equal(name, Assert.Single(cores.Launched));
            return cores.Machine!;
        }

        (PtxMachine two, PtxMachine three) = (Ran(2), Ran(3));
        const int warps = 8;
        long Slice(Func<PtxMachine, Dictionary<string, long>> of, string instruction) =>
            (of(three).GetValueOrDefault(instruction) - of(two).GetValueOrDefault(instruction)) / warps;
        bool bf16 = precision == "bf16";
        string product = bf16 ? "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32" : "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32";
        Assert.Equal(bf16 ? 32 : 64, Slice(ran => ran.Executed, product));
        Assert.Equal(24, Slice(ran => ran.Executed, "ld.shared.v4.f32"));
        Assert.Equal(4, Slice(ran => ran.Executed, "cp.async.cg.shared.global"));
        Assert.InRange(Slice(ran => ran.Executed, "cp.async.ca.shared.global"), 16, 17); // what a branch divides is executed twice
        Assert.Equal(96, Slice(ran => ran.Wavefronts, "ld.shared.v4.f32"));
        Assert.Equal(16, Slice(ran => ran.Wavefronts, "cp.async.cg.shared.global"));
        Assert.Equal(Slice(ran => ran.Executed, "cp.async.ca.shared.global"), Slice(ran => ran.Wavefronts, "cp.async.ca.shared.global"));
        long all = (three.Executed.Values.Sum() - two.Executed.Values.Sum()) / warps;
        Assert.True(all <= most, $"{name}_{precision}: {all} instructions per warp and slice");
    }

    [Theory]
    [InlineData("cp.async.wait_group 1;", "cp.async.wait_group 2;", "a copy is under way")]
    [InlineData("\tbar.sync 0;", "", "nobody wrote it, or a copy is under way")] // slices that other threads copy are read too early
    [InlineData("ld.shared.v4.f32", "ld.shared.v4.f64", "not known")]
    [InlineData("mma.sync.aligned.m16n8k8.row.col", "mma.sync.aligned.m16n8k8.row.row", "not known")]
    [InlineData("cvt.rna.tf32.f32", "cvt.rn.tf32.f32", "not known")]
    public void A_fault_planted_in_the_text_is_found(string right, string wrong, string complaint)
    {
        string text = PtxModules.Text(ProductPrecision.Tf32);
        Assert.Contains(right, text);
        Exception found = Assert.ThrowsAny<Exception>(() =>
        {
            using var cores = new PtxCores(ProductPrecision.Tf32, text.Replace(right, wrong, StringComparison.Ordinal));
            using var device = new EmulatorDevice(tensorCores: cores);
            var on = new OnDevice(device);
            device.Gemm(on.Random(1, 128, 160), on.Random(2, 160, 128), on.Empty(128, 128), 1f, 0f, null);
        });
        Assert.True(found.Message.Contains(complaint, StringComparison.Ordinal), found.Message);
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Conversions_round_as_the_twin_does(string precision)
    {
        ProductPrecision wanted = ProductPrecisions.Parse(precision);
        float[] special = [0f, 1f, -1f, 1f + MathF.ScaleB(1, -11), 1f + MathF.ScaleB(1, -8), 1f + (3 * MathF.ScaleB(1, -8)), -1f - MathF.ScaleB(1, -11), 1e-30f, 3e37f];
        foreach (float x in special.Concat(OnDevice.Numbers(1000, 1)))
        {
            float found = wanted == ProductPrecision.Tf32 ? BitConverter.UInt32BitsToSingle(PtxRounding.Tf32(x)) : BitConverter.UInt32BitsToSingle((uint)PtxRounding.Bf16(x) << 16);
            Assert.Equal(RoundedProduct.Round(wanted, x), found);
            Assert.True(Math.Abs(found - (double)x) <= wanted.UnitRoundoff() * Math.Abs(x));
        }
    }

    private static string MadeWith(string folder) => File.ReadAllLines(Path.Combine(folder, "make-ptx.sh")).First(line => line.StartsWith("# clang ", StringComparison.Ordinal)).Split(' ')[2];
}
