using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>One named array inside the flat parameter vector.</summary>
public sealed class Parameter
{
    private readonly Layout _layout;

    internal Parameter(string name, int index, int offset, ReadOnlySpan<int> shape)
    {
        Name = name;
        Index = index;
        _layout = Layout.RowMajor(shape, offset);
    }

    /// <summary>Name as PyTorch would print it: <c>0.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Position in its <see cref="ParameterSet"/>.</summary>
    public int Index { get; }

    /// <summary>First element in the flat vector.</summary>
    public int Offset => _layout.Offset;

    /// <summary>Number of elements.</summary>
    public int Count => _layout.Count;

    /// <summary>Sizes and strides inside the flat vector.</summary>
    public Layout Layout => _layout;

    /// <summary>This parameter's part of a flat vector [p], in its own shape; no data moves.</summary>
    public Tensor Of(in Tensor flat)
    {
        return flat.Slice(0, Offset, Count).Reshape(Layout.Sizes);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Layout}";
}
