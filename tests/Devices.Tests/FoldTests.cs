using Engram.Kernels;

namespace Engram.Devices.Tests;

/// <summary>Folds over any axes, places of maxima, rows picked and put back.</summary>
public class FoldTests
{
    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Every_kind_folds_any_axes_of_any_layout(string device)
    {
        var on = new OnDevice(device);
        (int[] From, int[] To)[] shapes =
        [
            ([1], [1]), ([5000], [1]), ([70_001], [1]), ([3, 400], [3, 1]), ([300, 7], [1, 7]), ([2, 3, 4, 5], [1, 3, 1, 5]), ([2, 3, 4, 5], [2, 1, 4, 1]),
            ([6, 1, 9], [1, 1, 9]), ([4, 4], [4, 4]), ([2, 130, 3], [2, 1, 3]),
        ];
        foreach (FoldKind kind in Enum.GetValues<FoldKind>())
        {
            foreach ((int[] from, int[] to) in shapes)
            {
                if (from[0] > 10_000 && kind is not FoldKind.Sum)
                    continue; // several passes once are enough
                on.SameAsCpu(d =>
                {
                    View x = d.Random(7, from), y = d.Empty(to), sum = d.Ones(to);
                    d.Device.Fold(kind, x, y);
                    if (kind is not (FoldKind.Max or FoldKind.Min))
                        d.Device.Fold(kind, x, sum, accumulate: true);
                    return [d.Get(y), d.Get(sum)];
                }, kind == FoldKind.Sum ? 1e-5 : 3e-6, $"{kind} [{string.Join(", ", from)}] → [{string.Join(", ", to)}]");
            }

            on.SameAsCpu(d =>
            {
                View x = d.Random(8, 9, 8, 7), y = d.Empty(7, 1, 9);
                d.Device.Fold(kind, x.With(x.Layout.Transpose(0, 2)), y);
                return [d.Get(y)];
            }, 3e-6, $"{kind} of a transpose");
        }
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void A_sum_has_the_same_bits_wherever_its_elements_lie(string device)
    {
        var on = new OnDevice(device);
        float[] x = OnDevice.Numbers(3 * 502, 3);
        View rows = on.Put(x, 3, 502), elsewhere = on.Put([0f, .. x], 1 + x.Length), sums = on.Empty(3, 1), same = on.Empty(3, 1), whole = on.Empty(1, 1), part = on.Empty(1, 1);
        on.Device.Fold(FoldKind.Sum, rows, sums);
        on.Device.Fold(FoldKind.Sum, elsewhere.With(Layout.RowMajor([3, 502], 1)), same);
        Assert.Equal(on.Get(sums), on.Get(same));
        on.Device.Fold(FoldKind.Sum, rows.With(Layout.RowMajor([1, 500])), whole);
        on.Device.Fold(FoldKind.Sum, elsewhere.With(Layout.RowMajor([1, 500], 1)), part);
        Assert.Equal(on.Get(whole), on.Get(part));
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void A_maximum_of_NaN_is_NaN_and_a_sum_of_nothing_is_zero(string device)
    {
        var on = new OnDevice(device);
        View y = on.Empty(1), x = on.Put([1f, float.NaN, 3f], 3);
        on.Device.Fold(FoldKind.Max, x, y);
        Assert.True(float.IsNaN(on.Get(y)[0]));
        View rows = on.Put([], 0, 3), sums = on.Empty(1, 3);
        on.Device.Fold(FoldKind.Sum, rows, sums);
        Assert.Equal([0f, 0f, 0f], on.Get(sums));
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void The_first_of_the_largest_is_found_and_the_first_NaN_before_it(string device)
    {
        var on = new OnDevice(device);
        foreach (int columns in new[] { 1, 10, 300 })
        {
            float[] x = OnDevice.Numbers(4 * columns, columns);
            x[columns / 2] = x[columns - 1] = 50f;
            x[columns + (columns / 3)] = float.NaN;
            IndexView index = on.Index(-1, -1, -1, -1);
            on.Device.ArgMax(on.Put(x, 4, columns), index);
            float[] row2 = x[(2 * columns)..(3 * columns)], row3 = x[(3 * columns)..];
            Assert.Equal([columns / 2, columns / 3, Array.IndexOf(row2, row2.Max()), Array.IndexOf(row3, row3.Max())], on.Get(index));
        }
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Rows_are_gathered_and_scattered_and_repeated_ones_add_up_in_order(string device)
    {
        var on = new OnDevice(device);
        foreach (int columns in new[] { 1, 33 })
        {
            on.SameAsCpu(d =>
            {
                View x = d.Random(1, 9, columns), y = d.Empty(5, columns), sum = d.Ones(9, columns), back = d.Ones(9, columns);
                IndexView rows = d.Index(8, 0, 3, 3, 7), distinct = d.Index(4, 2, 0, 8, 6);
                d.Device.GatherRows(x, rows, y);
                d.Device.ScatterRows(y, rows, sum, accumulate: true);
                d.Device.ScatterRows(y, distinct, back, accumulate: false);
                return [d.Get(y), d.Get(sum), d.Get(back)];
            }, 0, $"{columns} columns");
        }

        View whole = on.Ones(4, 2), picked = on.Ones(2, 2);
        Assert.Contains("index 1 is 4", Assert.Throws<ArgumentOutOfRangeException>(() => on.Device.GatherRows(whole, on.Index(0, 4), picked)).Message);
        Assert.Contains("index 0 is -1", Assert.Throws<ArgumentOutOfRangeException>(() => on.Device.ScatterRows(picked, on.Index(-1, 1), whole, true)).Message);
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Indices_that_a_kernel_wrote_are_checked_too(string device)
    {
        var on = new OnDevice(device);
        IndexView index = on.Index(0, 0);
        on.Device.ArgMax(on.Put([0f, 1f, 2f, 3f, 2f, 1f], 2, 3), index);
        View y = on.Empty(2, 1);
        on.Device.GatherRows(on.Put([10f, 20f, 30f], 3, 1), index, y);
        Assert.Equal([30f, 10f], on.Get(y));
        Assert.Contains("index 0 is 2", Assert.Throws<ArgumentOutOfRangeException>(() => on.Device.GatherRows(on.Ones(2, 1), index, y)).Message);
    }
}
