namespace Engram.Data;

/// <summary>Puts the pixels of every image into one fixed other order: <c>result[i] = original[order[i]]</c>.</summary>
public sealed class PixelPermutation : IImageTransform
{
    private readonly int[] _order;

    /// <summary>Prepares a permutation.</summary>
    /// <param name="order">For every pixel of the result, the pixel of the original it shows; each exactly once.</param>
    /// <param name="name">What the permutation is called.</param>
    /// <exception cref="ArgumentException"><paramref name="order"/> is not a permutation.</exception>
    public PixelPermutation(ReadOnlySpan<int> order, string name = "permutation")
    {
        bool[] seen = new bool[order.Length];
        bool identity = true;
        for (int i = 0; i < order.Length; i++)
        {
            int from = order[i];
            if ((uint)from >= (uint)order.Length || seen[from])
            {
                throw new ArgumentException(
                    $"{name}: expected each of 0 to {order.Length - 1} once, got {from} at place {i}" +
                    ((uint)from < (uint)order.Length ? " for the second time." : "."), nameof(order));
            }

            seen[from] = true;
            identity &= from == i;
        }

        _order = order.ToArray();
        Name = name;
        IsIdentity = identity;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int PlaneSize => _order.Length;

    /// <inheritdoc/>
    public bool IsIdentity { get; }

    /// <summary>For every pixel of the result, the pixel of the original it shows.</summary>
    public ReadOnlySpan<int> Order => _order;

    /// <summary>A uniformly random order, a pure function of its arguments.</summary>
    /// <param name="pixels">The number of pixels of a plane.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="task">The task that uses it; each task gets an order of its own.</param>
    public static PixelPermutation Random(int pixels, ulong seed, int task)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pixels, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(task);
        int[] order = new int[pixels];
        Draws.Permutation(seed, task).Permutation(order);
        return new PixelPermutation(order, $"permutation {task}");
    }

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        ReadOnlySpan<int> order = _order;
        if (source.Length != order.Length || destination.Length != order.Length)
        {
            throw new ArgumentException(
                $"{Name}: expected planes of {order.Length} pixels, got {source.Length} to read and {destination.Length} to write.");
        }

        for (int i = 0; i < order.Length; i++)
        {
            destination[i] = source[order[i]];
        }
    }
}
