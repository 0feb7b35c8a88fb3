using Engram.Benchmarking;
using Engram.Benchmarking.Families;
using Engram.Benchmarking.Tests;
using Engram.Kernels;
using Engram.Kernels.Ilgpu;
using Engram.Kernels.Simt;
using Engram.Results;

namespace Engram.Devices.Tests;

/// <summary>A library of products in a device's own memory as a peer of <c>engram bench</c>: a plain one on the emulator, cuBLAS where there is a GPU.</summary>
public class BlasTests
{
    private const string Name = "gemm/odd-nn-17x33x65";
    private static readonly BenchOptions Quick = new() { Quick = true, Rounds = 3, Peers = true };
    private static readonly WorkloadCase[] Cases = [.. new GemmFamily().Cases().Where(one => one.Name == Name)];

    [Fact]
    public void A_library_in_the_device_s_memory_takes_turns_with_ours()
    {
        PlainBlas? blas = null;
        BenchDocument document = Run(device => blas = new PlainBlas(device));
        BenchPeer peer = Assert.Single(Assert.Single(document.Rows).Peers);
        Assert.Equal(("plain 1.0", "1.0, fp32"), (peer.Name, peer.Version));
        Assert.True(peer is { Milliseconds: > 0, Ratio: > 0 });
        Assert.True(blas is { Calls: > 3, IsDisposed: true });
    }

    [Fact]
    public void A_library_that_is_wrong_prints_no_number()
    {
        BenchDocument document = Run(device => new PlainBlas(device, error: 0.01f));
        Assert.Empty(document.Rows);
        Assert.StartsWith("plain 1.0 is wrong", Assert.Single(document.Failures).Message);
    }

    [Fact]
    public void An_absent_library_is_named_once_with_the_remedy_and_the_run_goes_on()
    {
        StringWriter text = new();
        BenchDocument document = Run(_ => throw new NotSupportedException("cuBLAS (install it)"), text, [Cases[0], Cases[0]]);
        Assert.Equal(2, document.Rows.Count);
        Assert.All(document.Rows, row => Assert.Empty(row.Peers));
        Assert.Single(document.Notes, note => note == "peer absent: cuBLAS (install it)");
        Assert.Single(text.ToString().Split('\n'), line => line.Contains("cuBLAS", StringComparison.Ordinal));
    }

    [Fact]
    public void Devices_without_such_a_library_have_no_peer_and_no_note()
    {
        BenchDocument document = Run(null);
        Assert.Empty(Assert.Single(document.Rows).Peers);
        Assert.DoesNotContain(document.Notes, note => note.StartsWith("peer absent", StringComparison.Ordinal));
    }

    [Fact]
    public void A_device_that_is_no_GPU_is_refused()
    {
        using Device device = Emulator.Create();
        Assert.StartsWith("cuBLAS (", Assert.Throws<NotSupportedException>(() => IlgpuBackend.Blas(device)).Message);
    }

    [SkippableTheory]
    [InlineData("fp32")]
    [InlineData("tf32")]
    public void CuBlas_agrees_on_every_GPU(string precision)
    {
        IlgpuFinding[] found = [.. IlgpuBackend.Find().Where(finding => finding.Available && finding.Name.StartsWith("cuda", StringComparison.Ordinal))];
        Skip.If(found.Length == 0, "no NVIDIA GPU here");
        foreach (IlgpuFinding finding in found)
        {
            using Device device = IlgpuBackend.Create(finding.Name, new DeviceOptions { Precision = ProductPrecisions.Parse(precision) });
            List<string> notes = [];
            using PeerSet peers = new(1, notes.Add, () => IlgpuBackend.Blas(device));
            foreach ((int batch, int m, int n, int k) in new[] { (1, 64, 48, 32), (1, 17, 33, 65), (4, 20, 36, 52), (1, 255, 257, 509) })
            {
                for (int turned = 0; turned < 4; turned++)
                    Agree(peers, notes, device, batch, m, n, k, (turned & 1) != 0, (turned & 2) != 0);
            }
        }
    }

    private static void Agree(PeerSet peers, List<string> notes, Device device, int batch, int m, int n, int k, bool turnedA, bool turnedB)
    {
        using Workspace workspace = new(device, 1);
        View a = turnedA ? Turned(workspace.Uniform(1, batch, k, m)) : workspace.Uniform(1, batch, m, k);
        View b = turnedB ? Turned(workspace.Uniform(2, batch, n, k)) : workspace.Uniform(2, batch, k, n), c = workspace.Empty(batch, m, n);
        Contender[] contenders = [.. peers.DeviceProduct(a, b, c)];
        Skip.If(contenders.Length == 0, string.Join("; ", notes));
        device.Gemm(a, b, c, 1, 0, null);
        float[] ours = workspace.Host(c);
        device.Fill(c, float.NaN);
        contenders[0].Run();
        float[] theirs = workspace.Host(c);
        Assert.True(ours.Zip(theirs).All(pair => Math.Abs(pair.First - pair.Second) <= 2 * workspace.ProductTolerance(k)), $"{batch}x{m}x{n}x{k}, transposed: {turnedA} {turnedB}");
    }

    private static View Turned(View view) => view.With(view.Layout.Transpose(-2, -1));

    private static BenchDocument Run(Func<Device, IDeviceBlas>? blas, TextWriter? text = null, WorkloadCase[]? cases = null) =>
        new BenchRunner(Quick, new BenchTable(text ?? new StringWriter()), cases ?? Cases).Run(device: _ => Emulator.Create(), blas: blas);
}
