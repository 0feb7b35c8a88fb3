namespace Engram.Benchmarking;

/// <summary>Someone else's form of a workload's call.</summary>
/// <param name="Name">Library or rung: <c>OpenBLAS</c>, <c>naive</c>.</param>
/// <param name="Version">Its version, and what else decides about its speed.</param>
/// <param name="Run">The call.</param>
public sealed record Contender(string Name, string Version, Action Run);
