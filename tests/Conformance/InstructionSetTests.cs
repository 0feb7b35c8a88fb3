using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Text.RegularExpressions;
using Engram.Kernels;

namespace Engram.Conformance;

/// <summary>
/// The kernel tests and the op conformance run again in child processes in which the runtime hides instruction sets, so that every rung
/// is the chosen one somewhere. Without any vector hardware everything runs in software, 100 to 300 times slower: tiny shapes only.
/// </summary>
public class InstructionSetTests
{
    private const string Child = "ENGRAM_CONFORMANCE_CHILD";

    [SkippableTheory]
    [InlineData("DOTNET_EnableAVX512", false)]
    [InlineData("DOTNET_EnableAVX2", false)]
    [InlineData("DOTNET_EnableHWIntrinsic", true)]
    public void Kernels_and_ops_conform_without(string instructionSet, bool tiny)
    {
        Skip.If(Environment.GetEnvironmentVariable(Child) is not null, "this is the child process");
        foreach (string assembly in new[] { "Kernels.Tests", "Conformance" })
        {
            string path = Path.Combine(Repository.Root, "tests", assembly, "bin", Repository.Configuration, "net10.0", $"Engram.{assembly}.dll");
            Assert.True(File.Exists(path), $"{path} is missing: build the solution first");
            Run(path, instructionSet, tiny);
        }
    }

    [Fact]
    public void A_switched_off_instruction_set_is_off()
    {
        // in the parent nothing is switched off and nothing is claimed; in the children each switch must have taken effect
        if (Environment.GetEnvironmentVariable("DOTNET_EnableAVX512") == "0")
            Assert.False(Vector512.IsHardwareAccelerated);
        if (Environment.GetEnvironmentVariable("DOTNET_EnableAVX2") == "0")
            Assert.False(Vector256.IsHardwareAccelerated);
        if (Environment.GetEnvironmentVariable("DOTNET_EnableHWIntrinsic") == "0")
            Assert.False(Vector128.IsHardwareAccelerated);
        LaneWidth widest = Vector512.IsHardwareAccelerated ? LaneWidth.Sixteen : Vector256.IsHardwareAccelerated ? LaneWidth.Eight
            : Vector128.IsHardwareAccelerated ? LaneWidth.Four : LaneWidth.One;
        Assert.Equal(widest, LaneWidths.Widest);
    }

    private static void Run(string assembly, string instructionSet, bool tiny)
    {
        var start = new ProcessStartInfo("dotnet", ["vstest", assembly]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[instructionSet] = "0";
        start.Environment[Child] = "1";
        start.Environment["ENGRAM_TINY"] = tiny ? "1" : "0";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        bool ended = process.WaitForExit(TimeSpan.FromMinutes(10));
        if (!ended)
            process.Kill(entireProcessTree: true);
        string text = output.Result + errors.Result;
        string name = Path.GetFileName(assembly);
        Assert.True(ended, $"{name} with {instructionSet}=0 did not end in ten minutes:\n{Tail(text)}");
        Assert.True(process.ExitCode == 0, $"{name} with {instructionSet}=0 failed:\n{Tail(text)}");
        Assert.Matches(new Regex(@"Passed:\s*[1-9]\d*"), text); // a run without tests is not a pass
    }

    private static string Tail(string text) => text.Length <= 6000 ? text : text[^6000..];
}
