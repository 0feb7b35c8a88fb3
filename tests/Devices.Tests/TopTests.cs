using Engram.Kernels;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Devices.Tests;

/// <summary>The best of many scores on every device: the order of a stable sort, NaN last.</summary>
public class TopTests
{
    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void The_best_scores_come_in_order_and_equal_ones_by_index(string device)
    {
        var on = new OnDevice(device);
        foreach ((int count, int wanted) in new[] { (1, 1), (7, 7), (300, 10), (1024, 1024), (2500, 40), (1500, 700) })
        {
            float[] scores = OnDevice.Numbers(count, count);
            for (int i = 0; i < count; i++)
                scores[i] = i % 11 == 3 ? scores[i] : MathF.Round(4 * scores[i]) / 4; // many are equal
            Compare(on, scores, wanted);
        }
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Zeros_infinities_and_what_is_no_number_have_their_places(string device)
    {
        float[] scores = [float.NaN, 0f, -0f, float.PositiveInfinity, -1f, float.NegativeInfinity, float.NaN, 1e-45f, -1e-45f, float.MaxValue, 0f, float.MinValue];
        Compare(new OnDevice(device), scores, scores.Length);
    }

    [Fact]
    public void Stretches_are_narrowed_down_more_than_once()
    {
        Compare(new OnDevice("emulator"), OnDevice.Numbers(12_000, 3), 500, both: false);
    }

    [Fact]
    public void Any_scores_come_in_the_order_of_a_stable_sort() => Prop.ForAll(
        Gen.Choose(-3, 3).Select(value => value == 3 ? float.NaN : value).ListOf().Where(list => list.Count > 0).ToArbitrary(),
        scores =>
        {
            Compare(new OnDevice("cpu"), [.. scores], (scores.Count + 1) / 2);
            Compare(new OnDevice("emulator"), [.. scores], (scores.Count + 1) / 2);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Operands_that_do_not_fit_are_named(string device)
    {
        var on = new OnDevice(device);
        Assert.Contains("3 indices are wanted of 2 scores", Assert.Throws<ArgumentException>(() => on.Device.Top(on.Ones(2), true, on.Index(0, 0, 0))).Message);
        Assert.Contains("contiguous vector", Assert.Throws<ArgumentException>(() => on.Device.Top(on.Ones(2, 2), true, on.Index(0))).Message);
        on.Device.Top(on.Ones(2), true, on.Index());
    }

    private static void Compare(OnDevice on, float[] scores, int wanted, bool both = true)
    {
        foreach (bool largest in both ? [true, false] : new[] { true })
        {
            IndexView indices = on.Index(new int[wanted]);
            on.Device.Top(on.Put(scores, scores.Length), largest, indices);
            IEnumerable<int> all = Enumerable.Range(0, scores.Length);
            IOrderedEnumerable<int> numbersFirst = all.OrderBy(i => float.IsNaN(scores[i]));
            int[] expected = [.. (largest ? numbersFirst.ThenByDescending(i => scores[i] + 0f) : numbersFirst.ThenBy(i => scores[i] + 0f)).ThenBy(i => i).Take(wanted)];
            Assert.Equal(expected, on.Get(indices));
        }
    }
}
