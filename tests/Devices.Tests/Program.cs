using System.Reflection;

namespace Engram.Devices.Tests;

/// <summary>
/// The suite and the <c>engram</c> command as one program, for machines without an SDK: <c>conformance [TEXT]</c> runs every test whose name contains the text on the
/// devices found, <c>counts</c> prints what kernels ask of a GPU (<see cref="KernelCounts"/>), everything else is a command of <c>engram</c>. docs/gpu.md has the line that makes one file of it.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is ["conformance", ..])
            return Conformance.Run(arguments.Length > 1 ? arguments[1] : "", Console.Out);
        if (arguments is ["counts"])
        {
            KernelCounts.Write(Console.Out);
            Console.WriteLine();
            KernelCounts.WriteSteps(Console.Out);
            return 0;
        }

        return (int)Assembly.Load("engram").EntryPoint!.Invoke(null, [arguments])!;
    }
}
