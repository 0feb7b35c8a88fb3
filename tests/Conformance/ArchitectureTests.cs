using System.Xml.Linq;

namespace Engram.Conformance;

/// <summary>The dependency picture of ARCHITECTURE.md, enforced.</summary>
public class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Kernels"] = [],
        ["Kernels.Simt"] = ["Kernels"],
        ["Kernels.Ilgpu"] = ["Kernels"],
        ["Tensor"] = ["Kernels"],
        ["Autograd"] = ["Tensor"],
        ["Models"] = ["Autograd"],
        ["Data"] = ["Tensor"],
        ["Results"] = [],
        ["ContinualLearning"] = ["Models", "Data", "Results"],
        ["Report"] = ["Results"],
        ["Benchmarking"] = ["ContinualLearning"],
        ["Cli"] = ["Benchmarking", "ContinualLearning", "Report", "Kernels.Simt", "Kernels.Ilgpu"],
    };

    [Fact]
    public void Projects_reference_only_what_the_picture_shows()
    {
        var found = new List<string>();
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories))
        {
            string project = Path.GetFileNameWithoutExtension(file);
            Assert.True(Allowed.TryGetValue(project, out string[]? allowed), $"src/{project} is not in the picture: add it to ARCHITECTURE.md and to this test");
            foreach (XElement reference in XDocument.Load(file).Descendants("ProjectReference"))
            {
                string target = Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/'));
                Assert.True(allowed!.Contains(target), $"src/{project} must not reference {target}; it may know {string.Join(", ", allowed!)}");
            }
            found.Add(project);
        }
        Assert.Superset(new HashSet<string> { "Kernels", "Tensor", "Autograd", "Models", "Data", "Results", "ContinualLearning", "Report", "Cli" }, found.ToHashSet());
    }

    [Fact]
    public void Only_the_command_and_the_tensor_spans_need_packages()
    {
        var expected = new Dictionary<string, string[]>
        {
            ["Tensor"] = ["System.Numerics.Tensors"],
            ["Cli"] = ["System.CommandLine", "Spectre.Console"],
        };
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories))
        {
            string project = Path.GetFileNameWithoutExtension(file);
            if (project == "Kernels.Ilgpu")
                continue; // the one place for GPU packages
            string[] packages = [.. XDocument.Load(file).Descendants("PackageReference").Select(p => (string)p.Attribute("Include")!)];
            Assert.Equal(expected.GetValueOrDefault(project, []).Order(), packages.Order());
        }
    }

    [Fact]
    public void The_dependency_picture_stands_in_the_architecture_page()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "ARCHITECTURE.md"));
        foreach (string project in Allowed.Keys)
            Assert.Contains($"src/{project}", page);
    }
}
