using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// Rows on their way to a device: written on the host, read by kernels as [rows, columns]. Where kernels read host memory the rows are
/// written in place; elsewhere they are uploaded by <see cref="Commit"/>.
/// </summary>
internal sealed class Staging(Device device, int columns) : IDisposable
{
    private Tensor _rows;
    private float[]? _host;
    private int _capacity;

    /// <summary>Makes room for a number of rows; what was written before is lost when it grows.</summary>
    public void Reserve(int rows)
    {
        if (rows <= _capacity)
            return;
        _rows.Dispose();
        (_rows, _capacity) = (default, 0); // where there is no room for the new rows, there are none
        _rows = Tensor.Zeros(device, rows, columns);
        _capacity = rows;
        _host = device.IsHostMemory ? null : new float[checked(rows * columns)];
    }

    /// <summary>Rows that there is room for.</summary>
    public int Capacity => _capacity;

    /// <summary>Host memory of some rows.</summary>
    public Span<float> Rows(int start, int count) =>
        (_host is null ? _rows.AsSpan() : _host).Slice(start * columns, count * columns);

    /// <summary>Makes written rows visible to kernels.</summary>
    public void Commit(int start, int count)
    {
        if (_host is not null)
            device.Upload<float>(_host.AsSpan(start * columns, count * columns), _rows.View.Buffer, start * columns);
    }

    /// <summary>Some rows as a tensor [count, columns].</summary>
    public Tensor Slice(int start, int count) => _rows.Slice(0, start, count);

    public void Dispose() => _rows.Dispose();
}
