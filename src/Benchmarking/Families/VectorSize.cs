namespace Engram.Benchmarking.Families;

/// <summary>Length of a flat vector.</summary>
/// <param name="Name">Short form for names: <c>0.3M</c>.</param>
/// <param name="Count">Elements.</param>
/// <param name="IsQuick">Whether the short form of the suite has it.</param>
public sealed record VectorSize(string Name, int Count, bool IsQuick = false)
{
    /// <summary>The parameters of the MLP 784-256-256-10, of ResNet-18 with width 20 and with width 64.</summary>
    public static IReadOnlyList<VectorSize> Parameters { get; } = [new("0.3M", 269_322, IsQuick: true), new("1.1M", 1_094_750), new("11M", 11_173_962)];
}
