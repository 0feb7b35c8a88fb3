namespace Engram.Kernels.Tests;

/// <summary>Sizes of big cases: <c>ENGRAM_TINY=1</c> shrinks them where vectors run in software, 100 to 300 times slower.</summary>
internal static class Tiny
{
    public static bool On { get; } = Environment.GetEnvironmentVariable("ENGRAM_TINY") == "1";

    public static int Of(int full, int tiny) => On ? tiny : full;
}
