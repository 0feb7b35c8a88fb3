namespace Engram.Benchmarking;

/// <summary>Someone else's form of a workload's call.</summary>
/// <param name="Name">Library or rung: <c>OpenBLAS</c>, <c>naive</c>.</param>
/// <param name="Version">Its version, and what else decides about its speed.</param>
/// <param name="Run">The call.</param>
/// <param name="Check">How its result is checked where it leaves it elsewhere than ours; null for the workload's own check.</param>
public sealed record Contender(string Name, string Version, Action Run, Func<Deviation>? Check = null);
