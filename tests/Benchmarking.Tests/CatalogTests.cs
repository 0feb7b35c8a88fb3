using Engram.Kernels;

namespace Engram.Benchmarking.Tests;

public class CatalogTests
{
    public static TheoryData<string> Families => [.. WorkloadCatalog.Families.Select(family => family.Name)];

    [Fact]
    public void Names_are_unique_lower_case_and_begin_with_their_family()
    {
        HashSet<string> seen = [];
        foreach (IWorkloadFamily family in WorkloadCatalog.Families)
        {
            Assert.NotEmpty(family.Description);
            foreach (WorkloadCase one in family.Cases())
            {
                Assert.True(seen.Add(one.Name), one.Name);
                Assert.Matches($"^{family.Name}/[a-z0-9]+-[a-zA-Z0-9.-]+$", one.Name);
            }
        }
    }

    /// <summary>What a family promises: right on the CPU at one and two threads, with a price and operands that are given back.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void The_short_form_of_every_family_computes_what_its_twin_computes(string name)
    {
        WorkloadCase[] cases = [.. WorkloadCatalog.Families.Single(family => family.Name == name).Cases().Where(one => one.Quick)];
        Assert.NotEmpty(cases);
        using Device two = Device.Cpu(2);
        foreach (WorkloadCase one in cases)
        {
            foreach ((Device device, int threads) in new[] { (Device.Host, 1), (two, 2) })
            {
                using Workspace workspace = new(device, threads);
                Workload workload = one.Create(workspace);
                Assert.Null(new CallTiming(workload, workspace).Wrong());
                Assert.True(workload.Flops >= 0 && workload.BytesRead > 0 && workload.BytesWritten >= 0, one.Name);
            }
        }
    }

    [Fact]
    public void Filters_add_up_and_a_filter_for_nothing_names_the_families()
    {
        Assert.All(WorkloadCatalog.Select(["GEMM/square"], quick: false), one => Assert.StartsWith("gemm/square", one.Name));
        Assert.Equal(2, WorkloadCatalog.Select(["map-exp", "map-gelu"], quick: false).Count);
        Assert.Equal(2, WorkloadCatalog.Select(["map-exp,map-gelu"], quick: false).Count);
        Assert.True(WorkloadCatalog.Select([], quick: true).Count < WorkloadCatalog.Select([], quick: false).Count);
        Assert.NotEmpty(WorkloadCatalog.Select(["square-2048"], quick: true)); // named, so wanted
        Assert.DoesNotContain(WorkloadCatalog.Select(["scoring"], quick: false), one => one.OnDemand); // minutes a call
        Assert.True(Assert.Single(WorkloadCatalog.Select(["Scoring/resnet18w20-5000"], quick: false)).OnDemand);
        string message = Assert.Throws<FormatException>(() => WorkloadCatalog.Select(["nonsense"], quick: false)).Message;
        Assert.Contains("nonsense", message);
        Assert.Contains("elementwise", message);
    }
}
