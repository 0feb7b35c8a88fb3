using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// Which rows of a batch belong together: the constants of <see cref="SupervisedContrastive"/>, made from labels on the host and kept on a device. Rows of one
/// label are partners, two views of one image among them. In steady state nothing is allocated.
/// </summary>
/// <param name="device">Where the loss is computed.</param>
public sealed class ContrastPartners(Device device) : IDisposable
{
    private const float Masked = -1e30f; // far below any similarity, yet finite

    private float[] _hiddenRows = [], _correctionRows = [], _weightRows = [];
    private int[] _firstRows = [];
    private Tensor _hidden, _correction, _weights;
    private DeviceBuffer<int>? _first;
    private int _capacity;

    /// <summary>Number of rows n.</summary>
    public int Count { get; private set; }

    /// <summary>How many of them have a partner.</summary>
    public int Anchors { get; private set; }

    /// <summary>−1e30 on the diagonal [n, n]: a row is not compared with itself.</summary>
    internal Tensor Hidden => Square(_hidden);

    /// <summary>1 for the first partner, less 1/|P(i)| for every partner [n, n].</summary>
    internal Tensor Correction => Square(_correction);

    /// <summary>1 for a row with partners [n].</summary>
    internal Tensor Weights => _weights.Slice(0, 0, Count);

    /// <summary>The first partner of every row [n]; any other row where there is none.</summary>
    internal IndexView First => new(_first!, 0, Count);

    /// <summary>Makes rows of equal labels partners.</summary>
    /// <param name="labels">[n], at least one.</param>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    public void Set(ReadOnlySpan<int> labels)
    {
        int n = labels.Length;
        if (n == 0)
            throw new ArgumentException("contrast partners: expected at least one row, got none");
        Reserve(n);
        Anchors = 0;
        _hiddenRows.AsSpan(0, n * n).Clear();
        _correctionRows.AsSpan(0, n * n).Clear();
        for (int i = 0; i < n; i++)
        {
            _hiddenRows[(i * n) + i] = Masked;
            int partners = labels.Count(labels[i]) - 1, first = -1;
            for (int j = 0; j < n && partners > 0; j++)
            {
                if (j == i || labels[j] != labels[i])
                    continue;
                first = first < 0 ? j : first;
                _correctionRows[(i * n) + j] = (j == first ? 1f : 0f) - (1f / partners);
            }

            _firstRows[i] = first < 0 ? (i + 1) % n : first;
            _weightRows[i] = first < 0 ? 0f : 1f;
            Anchors += first < 0 ? 0 : 1;
        }

        Count = n;
        device.Upload<float>(_hiddenRows.AsSpan(0, n * n), _hidden.View.Buffer, 0);
        device.Upload<float>(_correctionRows.AsSpan(0, n * n), _correction.View.Buffer, 0);
        device.Upload<float>(_weightRows.AsSpan(0, n), _weights.View.Buffer, 0);
        device.Upload<int>(_firstRows.AsSpan(0, n), _first!, 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hidden.Dispose();
        _correction.Dispose();
        _weights.Dispose();
        _first?.Dispose();
    }

    private Tensor Square(in Tensor all) => all.Slice(0, 0, Count * Count).Reshape(Count, Count);

    private void Reserve(int n)
    {
        if (n <= _capacity)
            return;
        int capacity = Math.Max(n, Math.Min(2 * _capacity, 512)), squares = checked(capacity * capacity);
        _capacity = 0; // should memory run out below, the next batch begins anew
        Dispose();
        (_hiddenRows, _correctionRows, _weightRows, _firstRows) = (new float[squares], new float[squares], new float[capacity], new int[capacity]);
        (_hidden, _correction, _weights) = (Tensor.Zeros(device, squares), Tensor.Zeros(device, squares), Tensor.Zeros(device, capacity));
        _first = device.Allocate<int>(capacity);
        _capacity = capacity;
    }
}
