using System.Collections;

namespace Engram.Autograd;

/// <summary>
/// The names, shapes and places of a model's parameters in one flat vector. Layers add to it while a model is built;
/// values and gradients are then vectors [p] with exactly this arrangement, so that projections, optimizers and checkpoints are vector kernels.
/// </summary>
public sealed class ParameterSet : IReadOnlyList<Parameter>
{
    private readonly List<Parameter> _parameters = [];
    private readonly Dictionary<string, Parameter> _byName = [];

    /// <summary>Length p of the flat vector.</summary>
    public int Length { get; private set; }

    /// <inheritdoc/>
    public int Count => _parameters.Count;

    /// <inheritdoc/>
    public Parameter this[int index] => _parameters[index];

    /// <summary>The parameter of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those there are.</exception>
    public Parameter this[string name] => _byName.TryGetValue(name, out Parameter? parameter) ? parameter
        : throw new KeyNotFoundException($"no parameter is called '{name}'; there are: {string.Join(", ", _byName.Keys)}");

    /// <summary>True when a parameter of that name exists.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>Appends a parameter of the given shape.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public Parameter Add(string name, params ReadOnlySpan<int> shape)
    {
        var parameter = new Parameter(name, _parameters.Count, Length, shape);
        if (!_byName.TryAdd(name, parameter))
            throw new ArgumentException($"a parameter called '{name}' exists already; layers of one model need different names");
        _parameters.Add(parameter);
        Length = checked(Length + parameter.Count);
        return parameter;
    }

    /// <inheritdoc/>
    public IEnumerator<Parameter> GetEnumerator() => _parameters.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
