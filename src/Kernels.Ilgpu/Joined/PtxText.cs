using System.Reflection;
using System.Text;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Engram.Kernels.Ilgpu;

/// <summary>
/// The PTX of kernels, written to a folder while they are launched for the first time; no GPU is needed for it. Set <c>ENGRAM_PTX</c> to the folder
/// and run the conformance suite: every kernel is compiled for compute capability 8.0.
/// </summary>
internal sealed class PtxText : IDisposable
{
    private readonly Context _context;
    private readonly PTXBackend _backend;
    private readonly string _folder;

    private PtxText(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        _context = Context.Create(builder => builder.Optimize(OptimizationLevel.O2).WithFusedMultiplyAdd());
        _backend = new PTXBackend(_context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_70, null!);
    }

    /// <summary>The writer that the environment asks for, or null.</summary>
    public static PtxText? FromEnvironment() => Environment.GetEnvironmentVariable("ENGRAM_PTX") is { Length: > 0 } folder ? new PtxText(folder) : null;

    /// <summary>Compiles a launcher's method and writes what comes out.</summary>
    public void Write(MethodInfo method, Type kernel)
    {
        string path = Path.Combine(_folder, NameOf(kernel) + ".ptx");
        if (File.Exists(path))
            return;
        var compiled = (PTXCompiledKernel)_backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(method), default);
        File.WriteAllText(path, compiled.PTXAssembly);
    }

    public void Dispose()
    {
        _backend.Dispose();
        _context.Dispose();
    }

    private static string NameOf(Type type)
    {
        var name = new StringBuilder(type.Name.Split('`')[0]);
        foreach (Type argument in type.GetGenericArguments())
            name.Append('-').Append(NameOf(argument));
        return name.ToString();
    }
}
