using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Tests;

public class TensorTests
{
    private static readonly Device Cpu = Device.Host;

    [Fact]
    public void Views_share_memory_and_copies_do_not()
    {
        Tensor a = Tensor.From(Cpu, [1, 2, 3, 4, 5, 6], 2, 3);
        Tensor row = a.Select(0, 1), column = a.T.Select(0, 2), copy = a.Clone();
        a.AsSpan()[5] = 60;
        Assert.Equal([4, 5, 60], row.ToArray());
        Assert.Equal([3, 60], column.ToArray());
        Assert.Equal(6, copy[1, 2]);
    }

    [Fact]
    public void An_array_is_wrapped_without_a_copy_in_both_directions()
    {
        float[] elements = [1, 2, 3, 4];
        Tensor wrapped = Tensor.Wrap(elements, 2, 2);
        wrapped.AsSpan()[0] = 10;
        elements[3] = 40;
        Assert.Equal(10, elements[0]);
        Assert.Equal(40, wrapped[1, 1]);
    }

    [Fact]
    public void A_tensor_span_sees_the_same_elements_through_strides()
    {
        Tensor a = Tensor.From(Cpu, [1, 2, 3, 4, 5, 6], 2, 3);
        TensorSpan<float> span = a.T.AsTensorSpan();
        Assert.Equal(new nint[] { 3, 2 }, span.Lengths.ToArray());
        Assert.Equal(4, span[0, 1]);
        span[2, 0] = 30;
        Assert.Equal(30, a[0, 2]);
    }

    [Fact]
    public void Arithmetic_follows_broadcasting()
    {
        Tensor a = Tensor.From(Cpu, [1, 2, 3, 4, 5, 6], 2, 3), b = Tensor.From(Cpu, [10, 20, 30], 3), c = Tensor.From(Cpu, [1, 2], 2, 1);
        Assert.Equal([11, 22, 33, 14, 25, 36], (a + b).ToArray());
        Assert.Equal([0, 1, 2, 2, 3, 4], (a - c).ToArray());
        Assert.Equal([10, 40, 90, 40, 100, 180], (a * b).ToArray());
        Assert.Equal([1, 2, 3, 2, 2.5f, 3], (a / c).ToArray());
        Assert.Equal([2, 8, 4, 10, 6, 12], (a.T * 2).ToArray());
    }

    [Fact]
    public void Folds_over_an_axis_or_everything_agree_with_sums_by_hand()
    {
        Tensor a = Tensor.From(Cpu, [1, 2, 3, 4, 5, 6], 2, 3);
        Assert.Equal([5, 7, 9], a.Fold(FoldKind.Sum, 0).ToArray());
        Assert.Equal([2, 5], a.Fold(FoldKind.Mean, 1).ToArray());
        Assert.Equal([3, 6], a.T.Fold(FoldKind.Max, 0).ToArray());
        Assert.Equal([1, 1], a.Fold(FoldKind.Min).Reshape(1, 1).Shape);
        Assert.Equal((21f, 3.5f, 6f, 1f), (a.Sum(), a.Mean(), a.Max(), a.Min()));
        Assert.Equal(91, a.T.Fold(FoldKind.SumOfSquares).ToScalar());
    }

    [Fact]
    public void Matrix_products_read_transposed_operands_in_place_and_explain_wrong_shapes()
    {
        Tensor a = Tensor.From(Cpu, [1, 2, 3, 4, 5, 6], 2, 3), w = Tensor.From(Cpu, [1, 0, 1, 2, 1, 0], 2, 3);
        Assert.Equal([4, 4, 10, 13], a.MatMul(w.T).ToArray());
        Tensor batch = Tensor.From(Cpu, [1, 2, 3, 4, 5, 6, 7, 8], 2, 2, 2);
        Assert.Equal([7, 10, 15, 22, 67, 78, 91, 106], batch.MatMul(batch).ToArray());
        string message = Assert.Throws<ArgumentException>(() => a.MatMul(w)).Message;
        Assert.Equal("matmul: inner sizes differ: a [2, 3] has 3 columns, b [2, 3] has 2 rows. Did you mean b.T?", message);
    }

    [Fact]
    public void A_tensor_of_an_arena_cannot_be_used_after_the_reset()
    {
        using var arena = new Arena(Cpu);
        Tensor old = new(arena, 2, 2);
        Tensor view = old.Select(0, 0);
        arena.Reset();
        Assert.Contains("Clone()", Assert.Throws<InvalidOperationException>(() => old.ToArray()).Message);
        Assert.Throws<InvalidOperationException>(() => view.Fill(1));
        Assert.Contains("no memory", Assert.Throws<InvalidOperationException>(() => default(Tensor).Clone()).Message);
    }

    [Fact]
    public void An_arena_serves_the_same_step_again_without_asking_the_device()
    {
        using var arena = new Arena(Cpu);
        for (int step = 0; step < 3; step++)
        {
            arena.Reset();
            for (int i = 0; i < 10; i++)
                arena.Allocate([1 << 16]);
        }
        long reserved = arena.Reserved;
        Assert.True(reserved >= 10 * (1 << 16));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 0; step < 100; step++)
        {
            arena.Reset();
            for (int i = 0; i < 10; i++)
                arena.Allocate([1 << 16]);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(reserved, arena.Reserved);
    }

    [Fact]
    public void Printing_shortens_the_middle_and_shows_the_shape()
    {
        Assert.Equal("Tensor [2, 2] [[1, 2],\n [3, 4]]", Tensor.From(Cpu, [1, 2, 3, 4], 2, 2).ToString());
        Assert.Equal("Tensor [9] [0, 0, 0, …, 0, 0, 0]", Tensor.Zeros(Cpu, 9).ToString());
        Assert.Equal("Tensor [] 5", Tensor.From(Cpu, [5]).ToString());
    }

    [Fact]
    public void Wrong_element_counts_are_named()
    {
        Assert.Contains("shape [2, 2] has 4 elements, 3 were given", Assert.Throws<ArgumentException>(() => Tensor.From(Cpu, [1, 2, 3], 2, 2)).Message);
        Assert.Contains("source is [2], destination is [3]", Assert.Throws<ArgumentException>(() => Tensor.Zeros(Cpu, 2).CopyTo(Tensor.Zeros(Cpu, 3))).Message);
        Assert.Contains("not one", Assert.Throws<InvalidOperationException>(() => Tensor.Zeros(Cpu, 2).ToScalar()).Message);
    }

    [Fact]
    public void Strided_operands_are_copied_filled_and_reshaped_by_their_layout()
    {
        Tensor a = Tensor.From(Cpu, [1, 2, 3, 4, 5, 6], 2, 3);
        a.Slice(1, 1, 1).Fill(0);
        Assert.Equal([1, 0, 3, 4, 0, 6], a.ToArray());
        Assert.Equal([1, 4, 0, 0, 3, 6], a.T.Reshape(6).ToArray());
        Assert.Equal([1, 3, 4, 6], a.Slice(1, 0, 2, step: 2).ToArray());
        Assert.Equal([3, 2, 2], a.Reshape(1, 2, 3).BroadcastTo(2, 2, 3).Permute(2, 0, 1).Shape);
    }
}
