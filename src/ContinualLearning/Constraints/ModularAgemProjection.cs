using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;

namespace Engram.ContinualLearning;

/// <summary>
/// A-GEM's rule in each of M disjoint modules of the flat vector (p-A-mGEM, the single-reference case of p-mGEM, arXiv 2410.00868): finer
/// constraints, a smaller feasible set. Only modules that conflict are changed.
/// </summary>
/// <param name="modules">The modules.</param>
public sealed class ModularAgemProjection(ParameterModules modules) : IGradientConstraint, IDisposable
{
    private Tensor _gradient;
    private Tensor _reference;
    private DeviceBuffer<int>? _order;

    /// <inheritdoc/>
    public long Checks { get; private set; }

    /// <inheritdoc/>
    public long Projections { get; private set; }

    /// <inheritdoc/>
    public bool Apply(in Tensor gradient, in Tensor reference)
    {
        Checks++;
        Device device = gradient.Device;
        View g = gradient.View, r = reference.View;
        if (modules.Order is not null)
        {
            Order(gradient, reference);
            (g, r) = (_gradient.View, _reference.View);
        }

        bool projected = false;
        for (int m = 0; m < modules.Count; m++)
        {
            (int start, int count) = modules[m];
            ProjectionStatus status = device.Project(g.Range(start, count), r.Range(start, count));
            projected |= AgemProjection.Require(status) == ProjectionOutcome.Projected;
        }

        if (projected && modules.Order is not null)
            device.ScatterRows(_gradient.Reshape(g.Count, 1).View, IndexView.All(_order!), gradient.Reshape(g.Count, 1).View, accumulate: false);
        if (projected)
            Projections++;
        return projected;
    }

    /// <inheritdoc/>
    public void Restore(long checks, long projections) => (Checks, Projections) = (checks, projections);

    /// <inheritdoc/>
    public void Dispose()
    {
        _gradient.Dispose();
        _reference.Dispose();
        _order?.Dispose();
    }

    private void Order(in Tensor gradient, in Tensor reference)
    {
        Device device = gradient.Device;
        int p = gradient.Count;
        if (_order is null)
        {
            _order = device.Allocate<int>(p);
            device.Upload<int>(modules.Order!, _order, 0);
            _gradient = Tensor.Zeros(device, p);
            _reference = Tensor.Zeros(device, p);
        }

        device.GatherRows(gradient.Reshape(p, 1).View, IndexView.All(_order), _gradient.Reshape(p, 1).View);
        device.GatherRows(reference.Reshape(p, 1).View, IndexView.All(_order), _reference.Reshape(p, 1).View);
    }
}
