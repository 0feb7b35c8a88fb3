using System.Globalization;

namespace Engram.Benchmarking.Families;

/// <summary>A matrix product c [m, n] ← a [m, k] · b [k, n].</summary>
/// <param name="Group">Where the shape comes from: <c>square</c>, <c>skinny</c>.</param>
/// <param name="M">Rows of c.</param>
/// <param name="N">Columns of c.</param>
/// <param name="K">Depth.</param>
/// <param name="TransA">Whether a is stored as its transpose.</param>
/// <param name="TransB">Whether b is stored as its transpose.</param>
/// <param name="Batch">Products of this shape in one call.</param>
/// <param name="Quick">Whether the short form of the suite has it.</param>
public sealed record GemmShape(string Group, int M, int N, int K, bool TransA = false, bool TransB = false, int Batch = 1, bool Quick = false)
{
    /// <summary>Every shape that is timed.</summary>
    public static IEnumerable<GemmShape> All => [.. Squares, .. Skinny, .. Mixer, .. Patches, .. Odd];

    /// <summary>Name of the workload: <c>gemm/skinny-nt-10x256x784</c> is m × n × k with b transposed.</summary>
    public string Name => M == N && N == K && Batch == 1
        ? string.Create(CultureInfo.InvariantCulture, $"gemm/{Group}-{M}")
        : string.Create(CultureInfo.InvariantCulture, $"gemm/{Group}-{(TransA ? 't' : 'n')}{(TransB ? 't' : 'n')}-{(Batch > 1 ? $"{Batch}x" : "")}{M}x{N}x{K}");

    private static IEnumerable<GemmShape> Squares => [.. new[] { 256, 384, 512, 768, 1024, 1536, 2048 }.Select(size => new GemmShape("square", size, size, size, Quick: size <= 512))];

    // a linear layer's three products at batch b: y = x·Wᵀ, dx = dy·W, dW = dyᵀ·x; layers of the MLP 784-256-256-10 and of the Mixer on 32×32×3
    private static IEnumerable<GemmShape> Skinny
    {
        get
        {
            foreach (int batch in new[] { 1, 10, 32, 128 })
            {
                foreach ((int inputs, int outputs) in new[] { (784, 256), (256, 256), (256, 10), (64, 256), (256, 64), (48, 64) })
                {
                    bool quick = batch == 10 && inputs == 784;
                    yield return new("skinny", batch, outputs, inputs, TransB: true, Quick: quick);
                    yield return new("skinny", batch, inputs, outputs, Quick: quick);
                    yield return new("skinny", outputs, inputs, batch, TransA: true, Quick: quick);
                }
            }
        }
    }

    // the Mixer's own products at batch 32: 64 tokens of 64 features, hidden 64 across tokens and 256 across channels
    private static IEnumerable<GemmShape> Mixer =>
    [
        new("mixer", 2048, 256, 64, TransB: true),
        new("mixer", 2048, 64, 256),
        new("mixer", 256, 64, 2048, TransA: true),
        new("batched", 64, 64, 64, Batch: 32, Quick: true),
        new("batched", 64, 64, 64, TransB: true, Batch: 32),
        new("batched", 64, 64, 64, TransA: true, Batch: 32),
    ];

    // outputs × positions × (channels · 9) of ResNet-18 on 32×32 images, width 64 and width 20
    private static IEnumerable<GemmShape> Patches =>
    [
        new("im2col", 64, 1024, 576, Quick: true),
        new("im2col", 128, 256, 1152),
        new("im2col", 256, 64, 2304),
        new("im2col", 512, 16, 4608),
        new("im2col", 20, 1024, 180),
        new("im2col", 40, 256, 360),
        new("im2col", 80, 64, 720),
        new("im2col", 160, 16, 1440),
    ];

    private static IEnumerable<GemmShape> Odd =>
    [
        new("odd", 17, 33, 65, Quick: true),
        new("odd", 127, 129, 131),
        new("odd", 511, 513, 255),
        new("odd", 1000, 10, 3),
        new("odd", 33, 1, 784),
        new("odd", 7, 2047, 5),
        new("odd", 255, 257, 509, TransA: true, TransB: true),
    ];
}
