namespace Engram.Data;

/// <summary>A plane of pixels on another grid: a triangle filter along the columns, then along the rows. Weights are worked out once.</summary>
internal sealed class PlaneResampling
{
    private readonly int _height;
    private readonly int _width;
    private readonly Taps _rows;
    private readonly Taps _columns;

    public PlaneResampling(int height, int width, int newHeight, int newWidth)
    {
        _height = height;
        _width = width;
        _rows = new Taps(height, newHeight);
        _columns = new Taps(width, newWidth);
    }

    /// <summary>Floats that <see cref="Apply"/> needs besides.</summary>
    public int ScratchLength => _height * _columns.Count;

    /// <summary>Resamples one plane.</summary>
    /// <param name="from">The plane, row-major.</param>
    /// <param name="to">Receives the resampled plane, row-major.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> floats; the rows, resampled along the columns.</param>
    public void Apply(ReadOnlySpan<byte> from, Span<byte> to, Span<float> scratch)
    {
        int newWidth = _columns.Count;
        for (int y = 0; y < _height; y++)
        {
            ReadOnlySpan<byte> row = from.Slice(y * _width, _width);
            for (int x = 0; x < newWidth; x++)
            {
                ReadOnlySpan<float> weights = _columns.Of(x, out int first);
                float sum = 0;
                for (int k = 0; k < weights.Length; k++)
                {
                    sum += weights[k] * row[first + k];
                }

                scratch[(y * newWidth) + x] = sum;
            }
        }

        for (int y = 0; y < _rows.Count; y++)
        {
            ReadOnlySpan<float> weights = _rows.Of(y, out int first);
            for (int x = 0; x < newWidth; x++)
            {
                float sum = 0.5f;
                for (int k = 0; k < weights.Length; k++)
                {
                    sum += weights[k] * scratch[((first + k) * newWidth) + x];
                }

                to[(y * newWidth) + x] = (byte)Math.Clamp(sum, 0, 255);
            }
        }
    }

    /// <summary>For every place of the new grid, which old ones it sees and how much of each.</summary>
    private sealed class Taps
    {
        private readonly int[] _first;
        private readonly float[][] _weights;

        public Taps(int from, int to)
        {
            _first = new int[to];
            _weights = new float[to][];
            double scale = (double)from / to, reach = Math.Max(1, scale);
            for (int i = 0; i < to; i++)
            {
                double centre = (i + 0.5) * scale;
                int first = Math.Max(0, (int)Math.Floor(centre - reach)), end = Math.Min(from, (int)Math.Ceiling(centre + reach));
                double[] weights = [.. Enumerable.Range(first, end - first).Select(j => Math.Max(0, 1 - (Math.Abs(j + 0.5 - centre) / reach)))];
                double sum = weights.Sum();
                _first[i] = first;
                _weights[i] = [.. weights.Select(weight => (float)(weight / sum))];
            }
        }

        public int Count => _first.Length;

        public ReadOnlySpan<float> Of(int place, out int first)
        {
            first = _first[place];
            return _weights[place];
        }
    }
}
