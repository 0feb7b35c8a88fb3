using System.Numerics.Tensors;
using System.Reflection;
using Engram.Kernels;
using Engram.Kernels.Cpu;

namespace Engram.Benchmarking;

/// <summary>The outsiders of a run with one thread count: found when first asked for, set to that count, named once where they are absent.</summary>
public sealed class PeerSet : IDisposable
{
    private readonly Action<string>? _note;
    private readonly int _threads;
    private readonly HashSet<string> _absent = [];
    private readonly Dictionary<string, PythonPeer> _scripts = [];
    private readonly Dictionary<string, string?> _modules = [];
    private readonly Lazy<OpenBlas?> _openBlas;
    private readonly Lazy<OneDnn?> _oneDnn;
    private readonly Lazy<IDeviceBlas?> _deviceBlas;

    /// <summary>Peers with a number of threads.</summary>
    /// <param name="threads">Threads that every peer gets.</param>
    /// <param name="note">Hears once of every peer that is not installed, with what to install.</param>
    /// <param name="blas">Opens the library that computes in the memory of the run's device, or throws a <see cref="NotSupportedException"/> that says why not; null where there is none.</param>
    public PeerSet(int threads, Action<string> note, Func<IDeviceBlas>? blas = null)
        : this(threads, blas) => _note = note;

    private PeerSet(int threads, Func<IDeviceBlas>? blas = null)
    {
        _threads = threads;
        _openBlas = new(() => OpenBlas.TryLoad(threads));
        _oneDnn = new(() => OneDnn.TryLoad(threads));
        _deviceBlas = new(() => blas is null ? null : Open(blas));
    }

    /// <summary>Nobody joins.</summary>
    public static PeerSet None { get; } = new(1);

    /// <summary>Whether peers were asked for.</summary>
    public bool Wanted => _note is not null;

    /// <summary>OpenBLAS and oneDNN, those that are there, with one product.</summary>
    /// <param name="args">The product, in host memory.</param>
    public IEnumerable<Contender> Sgemm(GemmArgs args)
    {
        if (!Wanted)
            yield break;
        if (_openBlas.Value is { } blas)
            yield return new Contender("OpenBLAS", blas.Version, () => blas.Sgemm(args));
        else
            Absent("OpenBLAS", "install libopenblas0-pthread and libopenblas0-openmp, or name the library in ENGRAM_OPENBLAS");
        if (_oneDnn.Value is { } dnnl)
            yield return new Contender("oneDNN", dnnl.Version, () => dnnl.Sgemm(args));
        else
            Absent("oneDNN", "install libdnnl2, or name the library in ENGRAM_DNNL");
    }

    /// <summary>The library of the device's own maker, where it is there, with one product or a batch of them in the device's memory.</summary>
    /// <param name="a">[batch?, m, k].</param>
    /// <param name="b">[batch?, k, n].</param>
    /// <param name="c">[batch?, m, n].</param>
    public IEnumerable<Contender> DeviceProduct(View a, View b, View c)
    {
        if (_deviceBlas.Value is not { } blas)
            yield break;
        BlasProduct product = ColumnMajor.Product(a, b, c);
        yield return new Contender(blas.Name, blas.Version, () => blas.Sgemm(product));
    }

    /// <summary>A call of System.Numerics.Tensors, which always uses one thread.</summary>
    /// <param name="run">The call.</param>
    public IEnumerable<Contender> Tensors(Action run)
    {
        if (Wanted)
            yield return new Contender("TensorPrimitives", TensorsVersion, run);
    }

    /// <summary>A Python script with its module's version, started once; <c>null</c> where module, script or interpreter are absent.</summary>
    /// <param name="request">What is to be timed.</param>
    internal (PythonPeer Script, string Version)? Python(PythonRequest request)
    {
        if (!Wanted)
            return null;
        if (!_modules.TryGetValue(request.Module, out string? version))
            _modules[request.Module] = version = PythonPeer.ModuleVersion(request.Module);
        if (version is null)
        {
            Absent(request.Name, $"install {request.Package} for {PythonPeer.Interpreter}, or name another interpreter in ENGRAM_PYTHON");
            return null;
        }

        if (!_scripts.TryGetValue(request.Key, out PythonPeer? script))
        {
            try
            {
                _scripts[request.Key] = script = request.Through.Length == 0 ? new PythonPeer(request.Script, _threads)
                    : new PythonPeer(request.Through, _threads, openBlasCore: null, request.Script);
            }
            catch (FileNotFoundException e)
            {
                Absent(request.Key, e.Message);
                return null;
            }
        }

        return (script, version);
    }

    /// <summary>Numbers that a script answers a question with, which is no timing; <c>null</c> when nobody can answer, which is noted.</summary>
    /// <param name="request">The question.</param>
    internal double[]? Ask(PythonRequest request)
    {
        if (Python(request) is not { } found)
            return null;
        try
        {
            return found.Script.Ask($"{request.Request} {1} {0}");
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or FormatException)
        {
            Drop(request);
            _note?.Invoke($"{request.Script} did not answer '{request.Request}': {e.Message}");
            return null;
        }
    }

    /// <summary>Forgets a script that ended, so that the next request starts it anew.</summary>
    internal void Drop(PythonRequest request)
    {
        if (_scripts.Remove(request.Key, out PythonPeer? child))
            child.Dispose();
    }

    /// <summary>Ends the Python children and closes the device's library.</summary>
    public void Dispose()
    {
        if (_deviceBlas.IsValueCreated)
            _deviceBlas.Value?.Dispose();
        foreach (PythonPeer script in _scripts.Values)
            script.Dispose();
        _scripts.Clear();
    }

    private static string TensorsVersion
    {
        get
        {
            string version = typeof(TensorPrimitives).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
            return version.Split('+')[0];
        }
    }

    private IDeviceBlas? Open(Func<IDeviceBlas> blas)
    {
        try
        {
            return blas();
        }
        catch (NotSupportedException absent)
        {
            _note?.Invoke($"peer absent: {absent.Message}");
            return null;
        }
    }

    private void Absent(string name, string remedy)
    {
        if (_absent.Add(name))
            _note?.Invoke($"peer absent: {name} ({remedy})");
    }
}
