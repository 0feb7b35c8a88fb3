using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;

namespace Engram.ContinualLearning;

/// <summary>
/// How far class proxies (the rows of a head's weight) have wandered since the end of the task that introduced them. Lengths do not count: all proxies are
/// brought to length 1 first.
/// </summary>
public sealed class ProxyDrift
{
    private readonly SortedDictionary<int, float[]> _introduced = [];

    /// <summary>Classes introduced so far, in order.</summary>
    public IReadOnlyCollection<int> Classes => _introduced.Keys;

    /// <summary>Notes where the proxies of classes are now; of classes introduced before, nothing.</summary>
    /// <param name="classes">The classes of the task that has just ended.</param>
    /// <param name="proxies">[classes, features].</param>
    public void Introduce(ReadOnlySpan<int> classes, in Tensor proxies)
    {
        foreach (int c in classes)
        {
            if (!_introduced.ContainsKey(c))
                _introduced.Add(c, Unit(proxies, c));
        }
    }

    /// <summary>1 − cos(w_c now, w_c then), in [0, 2]: 0 at introduction.</summary>
    /// <exception cref="KeyNotFoundException">The class was not introduced.</exception>
    public double Cosine(int c, in Tensor proxies)
    {
        double product = 0;
        float[] then = _introduced[c], now = Unit(proxies, c);
        for (int k = 0; k < now.Length; k++)
            product += (double)then[k] * now[k];
        return Math.Clamp(1 - product, 0, 2);
    }

    /// <summary>‖ŵ_c now − ŵ_c then‖, in [0, 2].</summary>
    /// <exception cref="KeyNotFoundException">The class was not introduced.</exception>
    public double Distance(int c, in Tensor proxies) => Math.Sqrt(2 * Cosine(c, proxies));

    /// <summary>
    /// Root mean square of ‖ŵ_c now·R − ŵ_c then‖ over the classes introduced, under the rotation or reflection R that makes it least (orthogonal Procrustes,
    /// Schönemann 1966): what is left when the whole set has merely turned. Never above the root mean square of <see cref="Distance"/>.
    /// </summary>
    public double Aligned(in Tensor proxies)
    {
        if (_introduced.Count == 0)
            return double.NaN;
        // Σ‖a − bR‖² = 2·n − 2·Σ singular values of BᵀA, for rows of length 1
        int count = _introduced.Count, features = proxies.Size(1), rank = Math.Min(count, features), row = 0;
        var then = new float[count * features];
        var now = new float[count * features];
        foreach ((int c, float[] unit) in _introduced)
        {
            unit.CopyTo(then, row * features);
            Unit(proxies, c).CopyTo(now, row++ * features);
        }

        using Tensor a = Tensor.From(Device.Host, then, count, features), b = Tensor.From(Device.Host, now, count, features), product = b.T.MatMul(a);
        using Tensor u = Tensor.Zeros(Device.Host, features, rank), s = Tensor.Zeros(Device.Host, rank);
        Device.Host.TruncatedSvd(product.View, new RandomizedSvdOptions(rank) { Path = SvdPath.Gram }, u.View, s.View, null);
        double sum = 0;
        foreach (float value in s.ToArray())
            sum += value;
        return Math.Sqrt(Math.Max(0, 2.0 * (count - sum)) / count);
    }

    internal static float[] Unit(in Tensor proxies, int c)
    {
        float[] w = proxies.Select(0, c).ToArray();
        double squares = 0;
        foreach (float value in w)
            squares += (double)value * value;
        double scale = squares > 0 ? 1 / Math.Sqrt(squares) : 0;
        for (int k = 0; k < w.Length; k++)
            w[k] = (float)(w[k] * scale);
        return w;
    }
}
