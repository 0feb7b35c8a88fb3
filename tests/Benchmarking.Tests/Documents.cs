using Engram.Results;

namespace Engram.Benchmarking.Tests;

/// <summary>Bench documents made up for tests.</summary>
internal static class Documents
{
    public static BenchRoof Roof(int threads = 1, double peak = 100, double memory = 10) => new()
    {
        Threads = threads,
        Widths = [new BenchWidth { Bits = 128, Gflops = peak / 4 }, new BenchWidth { Bits = 512, Gflops = peak }],
        Bandwidths =
        [
            new BenchBandwidth { Bytes = 1 << 15, TriadGbps = 8 * memory, ReadGbps = 10 * memory },
            new BenchBandwidth { Bytes = 1 << 27, TriadGbps = memory, ReadGbps = 1.5 * memory },
        ],
    };

    public static BenchRow Row(string name, double milliseconds, double noise = 0.02, int threads = 1, params BenchPeer[] peers) => new()
    {
        Name = name,
        Threads = threads,
        Milliseconds = milliseconds,
        Gflops = 1 / milliseconds,
        Gbps = 2 / milliseconds,
        Intensity = 0.5,
        RoofShare = 0.5,
        Noise = noise,
        Samples = 15,
        Repeats = 10,
        Peers = peers,
    };

    public static BenchPeer Peer(string name, double ratio, double milliseconds = 1) => new() { Name = name, Version = "1.0", Milliseconds = milliseconds, Ratio = ratio, Noise = 0.01 };

    public static BenchDocument Of(params BenchRow[] rows) => new()
    {
        SchemaVersion = BenchDocument.CurrentSchemaVersion,
        Kind = BenchDocument.DocumentKind,
        Environment = new RunEnvironment
        {
            EngineVersion = "0.1.0",
            Commit = "0123456789abcdef",
            Os = "Linux",
            Runtime = ".NET 10",
            CpuModel = "Test CPU",
            Cores = 2,
            Threads = 1,
            InstructionSets = ["AVX2"],
            StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        },
        Device = "cpu (1 thread, 512-bit)",
        GemmRung = "Bits512",
        Clock = "wall",
        Complete = true,
        Roofs = [Roof()],
        Rows = rows,
    };
}
