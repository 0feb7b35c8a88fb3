using Engram.Autograd;
using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// Disjoint modules that cover the flat parameter vector [p]: module m is a range of the vector, after its coordinates have been put into
/// <see cref="Order"/> where there is one.
/// </summary>
public sealed class ParameterModules
{
    private readonly int[] _bounds;

    private ParameterModules(int[] bounds, int[]? order = null)
    {
        _bounds = bounds;
        Order = order;
    }

    /// <summary>Number of modules.</summary>
    public int Count => _bounds.Length - 1;

    /// <summary>Coordinate i of the ordered vector is coordinate Order[i] of the flat one; null where the order stays as it is.</summary>
    public int[]? Order { get; }

    /// <summary>The range of a module.</summary>
    public (int Start, int Count) this[int module] => (_bounds[module], _bounds[module + 1] - _bounds[module]);

    /// <summary>The modules of a network.</summary>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="partition">How they are cut.</param>
    /// <param name="modules">Number of modules; without meaning for layers and tensors.</param>
    /// <param name="seed">Of a random partition.</param>
    /// <exception cref="ArgumentException">There are fewer parameters, or layers, than modules.</exception>
    public static ParameterModules Of(ParameterSet parameters, ParameterPartition partition, int modules, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        int p = parameters.Length;
        switch (partition)
        {
            case ParameterPartition.Tensors:
                return new([.. parameters.Select(parameter => parameter.Offset), p]);
            case ParameterPartition.Layers:
                return new([.. Layers(parameters), p]);
            case ParameterPartition.LayerGroups:
                int[] layers = [.. Layers(parameters), p];
                if (modules < 1 || modules > layers.Length - 1)
                    throw new ArgumentException($"parameter modules: the network has {layers.Length - 1} layers, which cannot be {modules} groups; ask for 1 to {layers.Length - 1} modules");
                return new(Groups(layers, modules));
            default:
                if (modules < 1 || modules > p)
                    throw new ArgumentException($"parameter modules: {p} parameters cannot be {modules} modules; ask for 1 to {p}");
                int[] bounds = [.. Enumerable.Range(0, modules + 1).Select(m => (int)((long)m * p / modules))];
                if (partition == ParameterPartition.EqualSlices || modules == 1)
                    return new(bounds);
                var order = new int[p];
                new RandomCursor(RandomStream.For(seed, "parameter modules")).Permutation(order);
                for (int m = 0; m < modules; m++)
                    order.AsSpan(bounds[m], bounds[m + 1] - bounds[m]).Sort(); // neighbours stay close in memory
                return new(bounds, order);
        }
    }

    // where each layer begins
    private static List<int> Layers(ParameterSet parameters)
    {
        List<int> starts = [];
        string last = "";
        foreach (Parameter parameter in parameters)
        {
            string layer = parameter.Name[..Math.Max(0, parameter.Name.LastIndexOf('.'))];
            if (starts.Count == 0 || layer != last)
                starts.Add(parameter.Offset);
            last = layer;
        }

        return starts;
    }

    // cuts at layer bounds into groups of sizes as equal as can be: least sum of squares, by dynamic programming over the last cut
    private static int[] Groups(int[] bounds, int groups)
    {
        int layers = bounds.Length - 1;
        var least = new double[groups + 1, layers + 1];
        var cut = new int[groups + 1, layers + 1];
        for (int k = 0; k <= groups; k++)
        {
            for (int end = 0; end <= layers; end++)
            {
                least[k, end] = k == 0 && end == 0 ? 0 : double.PositiveInfinity;
                for (int start = k - 1; k > 0 && start < end && start >= 0; start++)
                {
                    double size = bounds[end] - bounds[start], sum = least[k - 1, start] + size * size;
                    if (sum < least[k, end])
                        (least[k, end], cut[k, end]) = (sum, start);
                }
            }
        }

        var result = new int[groups + 1];
        result[groups] = bounds[layers];
        for (int k = groups, end = layers; k > 0; k--)
        {
            end = cut[k, end];
            result[k - 1] = bounds[end];
        }

        return result;
    }
}
