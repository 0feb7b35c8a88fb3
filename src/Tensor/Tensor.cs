using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram;

/// <summary>
/// A float32 array of up to six axes: a view of device memory. Reshaping, slicing and transposing make new views of the same
/// elements; nothing moves. The value is a small struct, so that a training step can make thousands without an allocation.
/// </summary>
/// <remarks>
/// Memory belongs either to the tensor's own buffer (freed by the garbage collector, or at once by <see cref="Dispose"/>) or to
/// a step arena. A tensor of an arena dies when the arena is reset; using it later is an error that says so. <see cref="Clone"/> keeps it.
/// </remarks>
public readonly partial struct Tensor : IDisposable
{
    private readonly View _view;
    private readonly Arena? _arena;
    private readonly int _generation;

    /// <summary>A tensor over existing device memory.</summary>
    public Tensor(View view) => _view = view;

    /// <summary>Uninitialized memory of a step arena, valid until the arena's next reset.</summary>
    public Tensor(Arena arena, params ReadOnlySpan<int> shape) : this(arena, arena.Allocate(shape))
    {
    }

    /// <summary>A tensor over memory that a step arena handed out, valid until the arena's next reset.</summary>
    public Tensor(Arena? arena, View view)
    {
        _view = view;
        _arena = arena;
        _generation = arena?.Generation ?? 0;
    }

    private Tensor(in Tensor source, View view)
    {
        _view = view;
        _arena = source._arena;
        _generation = source._generation;
    }

    /// <summary>True for <c>default(Tensor)</c>, which has no memory.</summary>
    public bool IsEmpty => _view.Buffer is null;

    /// <summary>Memory and layout, for kernels.</summary>
    /// <exception cref="InvalidOperationException">The tensor lived in an arena that has been reset, or was never given memory.</exception>
    public View View
    {
        get
        {
            if (_arena is not null && _arena.Generation != _generation)
                throw new InvalidOperationException($"this {_view.Layout} tensor belonged to an earlier step, whose memory has been taken back; " +
                    "Clone() a tensor inside the step to keep it");
            if (_view.Buffer is null)
                throw new InvalidOperationException("this tensor is default(Tensor) and has no memory; make one with Tensor.Zeros or Tensor.From");
            return _view;
        }
    }

    /// <summary>Sizes, strides, offset.</summary>
    public Layout Layout => _view.Layout;

    /// <summary>The device that holds the elements.</summary>
    public Device Device => View.Buffer.Device;

    /// <summary>Number of axes.</summary>
    public int Rank => _view.Layout.Rank;

    /// <summary>Number of elements.</summary>
    public int Count => _view.Layout.Count;

    /// <summary>Size of one axis; negative axes count from the end.</summary>
    public int Size(int axis) => _view.Layout.Size(axis);

    /// <summary>The sizes as a new array; <see cref="Size"/> and <see cref="Layout"/> do not allocate.</summary>
    public int[] Shape => _view.Layout.Sizes.ToArray();

    /// <summary>True when the elements lie one after the other in row-major order.</summary>
    public bool IsContiguous => _view.Layout.IsContiguous;

    /// <summary>A tensor of zeros with memory of its own.</summary>
    public static Tensor Zeros(Device device, params ReadOnlySpan<int> shape) => Full(device, 0f, shape);

    /// <summary>A tensor of ones with memory of its own.</summary>
    public static Tensor Ones(Device device, params ReadOnlySpan<int> shape) => Full(device, 1f, shape);

    /// <summary>A tensor filled with one value, with memory of its own.</summary>
    public static Tensor Full(Device device, float value, params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Uninitialized(device, shape);
        device.Fill(tensor._view, value);
        return tensor;
    }

    /// <summary>A tensor with memory of its own and whatever that memory holds.</summary>
    public static Tensor Uninitialized(Device device, params ReadOnlySpan<int> shape)
    {
        Layout layout = Layout.RowMajor(shape);
        return new Tensor(new View(device.Allocate<float>(layout.Count), layout));
    }

    /// <summary>A copy of host elements in row-major order.</summary>
    /// <exception cref="ArgumentException">The number of elements is not the product of the sizes.</exception>
    public static Tensor From(Device device, ReadOnlySpan<float> elements, params ReadOnlySpan<int> shape)
    {
        Layout layout = Layout.RowMajor(shape);
        if (layout.Count != elements.Length)
            throw new ArgumentException($"Tensor.From: shape {layout} has {layout.Count} elements, {elements.Length} were given");
        Tensor tensor = Uninitialized(device, shape);
        device.Upload(elements, tensor._view.Buffer, 0);
        return tensor;
    }

    /// <summary>The caller's array as a tensor of the CPU device, without a copy: writes on either side are seen on the other.</summary>
    /// <exception cref="ArgumentException">The number of elements is not the product of the sizes.</exception>
    public static Tensor Wrap(float[] elements, params ReadOnlySpan<int> shape)
    {
        Layout layout = Layout.RowMajor(shape);
        if (layout.Count != elements.Length)
            throw new ArgumentException($"Tensor.Wrap: shape {layout} has {layout.Count} elements, the array has {elements.Length}");
        return new Tensor(new View(Device.Host.Share(elements), layout));
    }

    /// <summary>The same elements under other sizes; one size may be −1. Copies only when the strides leave no other way.</summary>
    /// <exception cref="ArgumentException">The element counts differ.</exception>
    public Tensor Reshape(params ReadOnlySpan<int> shape)
    {
        View view = View;
        if (view.Layout.TryReshape(shape, out Layout layout))
            return new Tensor(this, view.With(layout));
        Tensor copy = Contiguous();
        copy._view.Layout.TryReshape(shape, out layout);
        return new Tensor(copy, copy._view.With(layout));
    }

    /// <summary>The last two axes exchanged: [.., rows, columns] → [.., columns, rows]. No data moves.</summary>
    public Tensor T => Rank >= 2 ? Transpose(-2, -1) : throw new InvalidOperationException($"T: a tensor of shape {Layout} has no two axes to exchange");

    /// <summary>Two axes exchanged; no data moves.</summary>
    public Tensor Transpose(int axisA, int axisB) => new(this, View.With(_view.Layout.Transpose(axisA, axisB)));

    /// <summary>Axes in a new order; no data moves.</summary>
    public Tensor Permute(params ReadOnlySpan<int> order) => new(this, View.With(_view.Layout.Permute(order)));

    /// <summary>A range of one axis; no data moves.</summary>
    public Tensor Slice(int axis, int start, int count, int step = 1) => new(this, View.With(_view.Layout.Slice(axis, start, count, step)));

    /// <summary>One index of one axis, which disappears; no data moves.</summary>
    public Tensor Select(int axis, int index) => new(this, View.With(_view.Layout.Select(axis, index)));

    /// <summary>Repeated to larger sizes (aligned from the right, size 1 repeats); no data moves.</summary>
    public Tensor BroadcastTo(params ReadOnlySpan<int> shape) => new(this, View.With(_view.Layout.BroadcastTo(shape)));

    /// <summary>This tensor when it is contiguous, else a contiguous copy with memory of its own.</summary>
    public Tensor Contiguous() => IsContiguous ? this : Clone();

    /// <summary>A contiguous copy with memory of its own; it outlives every arena.</summary>
    public Tensor Clone()
    {
        View view = View;
        Tensor copy = Uninitialized(view.Buffer.Device, view.Layout.Sizes);
        view.Buffer.Device.Copy(view, copy._view);
        return copy;
    }

    /// <summary>Copies the elements into another tensor of the same sizes.</summary>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public void CopyTo(in Tensor destination)
    {
        if (!Layout.SameSizes(destination.Layout))
            throw new ArgumentException($"copy: source is {Layout}, destination is {destination.Layout}; the sizes must be equal");
        Device.Copy(View, destination.View);
    }

    /// <summary>Sets every element.</summary>
    public void Fill(float value) => Device.Fill(View, value);

    /// <summary>The elements as a span, without a copy.</summary>
    /// <exception cref="InvalidOperationException">The tensor is strided (use <see cref="Contiguous"/>) or on another device.</exception>
    public Span<float> AsSpan() => View.HostSpan;

    /// <summary>The elements as a span of <c>System.Numerics.Tensors</c>, strides included, without a copy.</summary>
    public TensorSpan<float> AsTensorSpan()
    {
        View view = View;
        Span<nint> sizes = stackalloc nint[Rank], strides = stackalloc nint[Rank];
        for (int axis = 0; axis < Rank; axis++)
        {
            sizes[axis] = view.Layout.Sizes[axis];
            strides[axis] = sizes[axis] == 1 ? 0 : view.Layout.Strides[axis];
        }
        return new TensorSpan<float>(view.Buffer.HostSpan[view.Layout.Offset..], sizes, strides);
    }

    /// <summary>The elements in row-major order as a new array.</summary>
    public float[] ToArray()
    {
        Tensor source = Contiguous();
        var elements = new float[Count];
        source.Device.Download(source._view.Buffer, source._view.Layout.Offset, elements);
        return elements;
    }

    /// <summary>The only element of a tensor with one element.</summary>
    public float ToScalar()
    {
        if (Count != 1)
            throw new InvalidOperationException($"scalar: a tensor of shape {Layout} has {Count} elements, not one");
        float element = 0;
        View view = View;
        Device.Download(view.Buffer, view.Layout.Offset, new Span<float>(ref element));
        return element;
    }

    /// <summary>One element; meant for looking, not for loops.</summary>
    public float this[params ReadOnlySpan<int> index]
    {
        get
        {
            if (index.Length != Rank)
                throw new ArgumentException($"index: a tensor of shape {Layout} needs {Rank} indices, {index.Length} were given");
            Tensor element = this;
            foreach (int i in index)
                element = element.Select(0, i);
            return element.ToScalar();
        }
    }

    /// <summary>Frees the tensor's own buffer now. Views of it, and tensors of an arena, are not affected by design: dispose owners only.</summary>
    public void Dispose()
    {
        if (_arena is null)
            _view.Buffer?.Dispose();
    }

    /// <summary>Shape and elements, shortened in the middle.</summary>
    public override string ToString() => IsEmpty ? "Tensor (no memory)" : TensorPrinter.Print(this);
}
