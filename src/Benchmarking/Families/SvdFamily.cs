using System.Numerics.Tensors;
using Engram.ContinualLearning;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;

namespace Engram.Benchmarking.Families;

/// <summary>
/// Truncated singular value decompositions of class matrices, the fits of generators that use them, thin QR and symmetric eigenproblems. The peers of a truncated one
/// are scikit-learn as it comes, and the fastest setting of scikit-learn or torch.svd_lowrank whose error is no larger than ours (chosen before the first round).
/// </summary>
public sealed unsafe class SvdFamily : IWorkloadFamily
{
    private const int Images = 1000, Classes = 10;

    // in the order of sklearn_svd.py
    private static readonly string[] Settings =
    [
        .. from more in new[] { 10, 40 } from n in new[] { 0, 1, 2, 3, 4, 5, 6, 7, 10, 14 } select $"scikit-learn n_oversamples={more} n_iter={n}",
        .. from more in new[] { 0, 10, 40 } from n in new[] { 0, 1, 2, 3, 4, 6, 8, 12 } select $"torch.svd_lowrank q=r+{more} niter={n}",
    ];

    /// <inheritdoc/>
    public string Name => "svd";

    /// <inheritdoc/>
    public string Description => "randomized truncated SVD of class matrices, generator fits, QR, symmetric eigenproblems, beside scikit-learn and torch.svd_lowrank";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases()
    {
        foreach (string dataSet in ClassMatrix.DataSets)
        {
            foreach (int rank in new[] { 5, 20, 80 })
                yield return Truncated(dataSet, dataSet == "fashion-mnist" ? 0 : 3, rank, quick: rank == 20 && dataSet != "fashion-mnist");
        }

        string first = ClassMatrix.DataSets[0];
        foreach (int rank in new[] { 5, 20 })
        {
            yield return Fit("batch", first, Classes, Images, rank);
            foreach (int samples in new[] { 50, 100, 200, 500, 1000, 2000, 4000 }.Where(samples => samples <= Images || first != "digits"))
                yield return Fit("fit", first, 1, samples, rank, quick: samples == 200 && rank == 5);
        }

        yield return Qr(784, 32, quick: true);
        yield return Qr(784, 160);
        yield return Qr(1000, 96);
        yield return Eigen(160, 80, quick: true);
        yield return Eigen(784, 80);
    }

    private static WorkloadCase Truncated(string dataSet, int label, int rank, bool quick) => new(FormattableString.Invariant($"svd/truncated-{dataSet}.{label}-r{rank}"), workspace =>
    {
        ClassMatrix matrix = ClassMatrix.Of(dataSet, label, Images);
        Device device = workspace.Device;
        int features = matrix.Features;
        Tensor rows = workspace.Keep(Tensor.From(device, matrix.Rows, Images, features));
        View x = rows.T.View, u = workspace.Empty(features, rank), s = workspace.Empty(rank), vt = workspace.Empty(rank, Images);
        RandomizedSvdOptions options = new(rank);
        Action run = () => device.TruncatedSvd(x, options, u, s, vt);
        return new Workload
        {
            Run = run,
            Check = () => SvdCheck.Truncated(matrix, rank, workspace.Host(u), workspace.Host(s), workspace.Host(vt)),
            // the least that any way needs: the products of the matrix with rank vectors from both sides
            Flops = 4.0 * features * Images * rank,
            BytesRead = 4.0 * features * Images,
            BytesWritten = 4.0 * rank * (features + Images + 1),
            Outputs = [u, s, vt],
            Python = workspace.Peers.Wanted ? Peers(workspace, matrix, rank, run, () => SvdCheck.Error(matrix, rank, workspace.Host(u), workspace.Host(s), workspace.Host(vt))) : [],
        };
    }, quick);

    private static IReadOnlyList<PythonRequest> Peers(Workspace workspace, ClassMatrix matrix, int rank, Action run, Func<double> error)
    {
        // as NumPy has it: [features, images]
        float[] columns = new float[matrix.Rows.Length];
        for (int i = 0; i < columns.Length; i++)
            columns[i % matrix.Features * matrix.Count + i / matrix.Features] = matrix.Rows[i];
        string operand = FormattableString.Invariant($"{workspace.Keep(ClassMatrix.Save(columns)).Path} {matrix.Features} {matrix.Count} {rank}");
        PythonRequest standard = Request($"svd {operand} auto", "scikit-learn");
        run();
        double[]? chosen = workspace.Peers.Ask(Request(FormattableString.Invariant($"choose {operand} {error()}"), "scikit-learn"));
        return chosen is not [>= 0 and var index] ? [standard]
            : [standard, Request(FormattableString.Invariant($"svd {operand} {index}"), "fastest as exact") with { Setting = Settings[(int)index] }];
    }

    private static WorkloadCase Fit(string group, string dataSet, int classes, int samples, int rank, bool quick = false) =>
        new(FormattableString.Invariant($"svd/{group}-{dataSet}-{classes}x{samples}-r{rank}"), workspace =>
        {
            ClassMatrix[] matrices = [.. Enumerable.Range(0, classes).Select(label => ClassMatrix.Of(dataSet, classes == 1 ? 3 : label, samples))];
            float[][] rows = [.. matrices.Select(matrix => matrix.Rows)];
            int[] labels = [.. Enumerable.Range(0, classes)];
            ulong[] seeds = [.. labels.Select(label => (ulong)label)];
            SvdGeneratorOptions options = new() { Rank = rank };
            SvdGenerator[] generators = [];
            Device device = workspace.Device;
            int features = matrices[0].Features;
            return new Workload
            {
                Run = () => generators = SvdFitter.FitAll(device, rows, features, 0, labels, options, seeds),
                Check = () => SvdCheck.Generators(matrices, generators),
                Reset = () => generators = [],
                Flops = classes * (6.0 * features * samples * rank + 2.0 * samples * rank * rank),
                BytesRead = 4.0 * classes * features * samples,
                BytesWritten = 4.0 * classes * rank * (features + 1 + rank),
                Rungs = classes == 1 ? [] : [new Contender("one by one", "", () => generators = [.. labels.Select(label => SvdFitter.Fit(device, rows[label], features, 0, label, options, seeds[label]))])],
                Python = workspace.Peers.Wanted
                    ? [Request(FormattableString.Invariant($"fit {workspace.Keep(ClassMatrix.Save(rows)).Path} {classes} {samples} {features} {rank}"), "scikit-learn")]
                    : [],
            };
        }, quick);

    private static WorkloadCase Qr(int rows, int columns, bool quick = false) => new(FormattableString.Invariant($"svd/qr-{rows}x{columns}"), workspace =>
    {
        // on the host, whatever the device: the decompositions of small matrices have no device entry
        float[] a = Numbers(rows * columns), q = GC.AllocateArray<float>(rows * columns, pinned: true), r = GC.AllocateArray<float>(columns * columns, pinned: true);
        float[] scratch = GC.AllocateArray<float>(HouseholderQr.ScratchLength(rows, columns), pinned: true);
        WorkSplitter splitter = workspace.Keep(new WorkSplitter(workspace.Threads));
        return new Workload
        {
            Run = () =>
            {
                fixed (float* pa = a, pq = q, pr = r)
                    HouseholderQr.Factor(MatrixView.RowMajor(pa, rows, columns), pq, pr, scratch, splitter);
            },
            Check = () => SvdCheck.Qr(a, q, r, columns),
            Reset = () => q.AsSpan().Clear(),
            Flops = 4.0 * columns * columns * (rows - columns / 3.0),
            BytesRead = 4.0 * rows * columns,
            BytesWritten = 4.0 * (rows + columns) * columns,
            Python = [Request(FormattableString.Invariant($"qr {rows} {columns}"), "NumPy") with { Module = "numpy", Package = "python3-numpy" }],
        };
    }, quick) { HostOnly = true };

    private static WorkloadCase Eigen(int order, int vectors, bool quick = false) => new(FormattableString.Invariant($"svd/eigen-{order}-{vectors}"), workspace =>
    {
        float[] a = Numbers(order * order);
        for (int i = 0; i < order; i++)
        {
            for (int j = 0; j < i; j++)
                a[i * order + j] = a[j * order + i];
        }

        float[] values = new float[order], found = new float[vectors * order], scratch = GC.AllocateArray<float>(SymmetricEigen.FloatScratchLength(order, vectors), pinned: true);
        return new Workload
        {
            Run = () =>
            {
                fixed (float* pa = a, pv = values, pf = found)
                    SymmetricEigen.Decompose(MatrixView.RowMajor(pa, order, order), vectors, pv, pf, scratch);
            },
            Check = () => SvdCheck.Eigen(a, values, found, order),
            Reset = () => found.AsSpan().Clear(),
            Flops = 4.0 / 3 * order * order * order + 4.0 * order * order * vectors,
            BytesRead = 4.0 * order * order,
            BytesWritten = 4.0 * order * (vectors + 1),
            Python = [Request(FormattableString.Invariant($"eigh {order} {vectors}"), "SciPy") with { Module = "scipy", Package = "python3-scipy" }],
        };
    }, quick) { HostOnly = true };

    private static float[] Numbers(int count)
    {
        Random random = new(1);
        float[] numbers = GC.AllocateArray<float>(count, pinned: true);
        foreach (ref float number in numbers.AsSpan())
            number = random.NextSingle() * 2 - 1;
        return numbers;
    }

    private static PythonRequest Request(string request, string name) => new("sklearn_svd.py", request, "sklearn", "python3-sklearn", name);
}
