using FsCheck;
using FsCheck.Fluent;

namespace Engram.ContinualLearning.Tests;

public class MetricsTests
{
    private static readonly double[][] Three =
    [
        [0.10, 0.20, 0.15],
        [0.90, 0.30, 0.25],
        [0.70, 0.80, 0.45],
        [0.60, 0.85, 0.95],
    ];

    [Fact]
    public void T10_three_tasks_by_hand()
    {
        Assert.Equal((0.60 + 0.85 + 0.95) / 3, ContinualMetrics.Acc(Three), 12);
        Assert.Equal(((0.60 - 0.90) + (0.85 - 0.80)) / 2, ContinualMetrics.Bwt(Three), 12);
        Assert.Equal(((0.30 - 0.20) + (0.45 - 0.15)) / 2, ContinualMetrics.Fwt(Three), 12);
        Assert.Equal(((0.90 - 0.60) + (0.80 - 0.85)) / 2, ContinualMetrics.Forgetting(Three), 12);
        Assert.Equal(0.30, ContinualMetrics.WorstForgetting(Three), 12);
        Assert.Equal((0.90 + 0.80 + 0.95) / 3, ContinualMetrics.LearningAccuracy(Three), 12);
        Assert.Equal((0.90 + (0.70 + 0.80) / 2 + (0.60 + 0.85 + 0.95) / 3) / 3, ContinualMetrics.AnytimeAccuracy(Three), 12);
        Assert.Equal((0.60 / 0.90 + 0.85 / 0.80 + 1) / 3, ContinualMetrics.Retention(Three), 12);
    }

    [Fact]
    public void The_area_by_ranks_is_the_share_of_pairs_in_order_with_ties_counting_half() => Prop.ForAll(
        ArbMap.Default.ArbFor<(byte[] Above, byte[] Below)>(),
        input =>
        {
            float[] above = [.. (input.Above ?? []).Select(value => (value % 7) - 2f)], below = [.. (input.Below ?? []).Select(value => (value % 6) - 2.5f + (value % 2 * 0.5f))];
            double area = Auroc.Of(above, below);
            if (above.Length == 0 || below.Length == 0)
                return double.IsNaN(area);
            double pairs = above.Sum(a => below.Sum(b => a > b ? 1.0 : a == b ? 0.5 : 0));
            return Math.Abs(area - (pairs / above.Length / below.Length)) < 1e-12 && Math.Abs(area + Auroc.Of(below, above) - 1) < 1e-12;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_area_of_scores_that_tell_everything_or_nothing()
    {
        Assert.Equal(1, Auroc.Of([2, 3, float.PositiveInfinity], [1, float.NegativeInfinity]));
        Assert.Equal(0, Auroc.Of([1], [2, 3]));
        Assert.Equal(0.5, Auroc.Of([1, 1, 1], [1, 1]));
        Assert.Equal(double.NaN, Auroc.Of([1, float.NaN], [1]));
    }

    [Fact]
    public void Published_divisor_shrinks_transfer_by_one_part_in_T()
    {
        Assert.Equal(ContinualMetrics.Bwt(Three) * 2 / 3, ContinualMetrics.Bwt(Three, publishedDivisor: true), 12);
        Assert.Equal(ContinualMetrics.Fwt(Three) * 2 / 3, ContinualMetrics.Fwt(Three, publishedDivisor: true), 12);
    }

    [Fact]
    public void Forgetting_baselines_differ_when_a_task_was_better_before_it_was_learned()
    {
        double[][] matrix = [[0.1, 0.1, 0.1], [0.9, 0.95, 0.2], [0.9, 0.80, 0.2], [0.9, 0.70, 0.9]];
        Assert.Equal((0 + 0.25) / 2, ContinualMetrics.Forgetting(matrix), 12);
        Assert.Equal((0 + 0.10) / 2, ContinualMetrics.Forgetting(matrix, ForgettingBaseline.RowsFromTaskOn), 12);
        Assert.Equal(0.25, ContinualMetrics.WorstForgetting(matrix), 12);
        Assert.Equal(0.10, ContinualMetrics.WorstForgetting(matrix, ForgettingBaseline.RowsFromTaskOn), 12);
    }

    [Fact]
    public void T10_monotone_forgetting_is_negative_backward_transfer()
    {
        double[][] matrix = [[0, 0, 0], [0.9, 0.1, 0.1], [0.8, 0.7, 0.1], [0.5, 0.6, 0.9]];
        Assert.Equal(-ContinualMetrics.Bwt(matrix), ContinualMetrics.Forgetting(matrix), 12);
    }

    [Fact]
    public void T10_two_tasks_by_hand()
    {
        double[][] matrix = [[0.5, 0.4], [0.9, 0.6], [0.7, 0.8]];
        Assert.Equal(0.75, ContinualMetrics.Acc(matrix), 12);
        Assert.Equal(-0.2, ContinualMetrics.Bwt(matrix), 12);
        Assert.Equal(0.2, ContinualMetrics.Fwt(matrix), 12);
        Assert.Equal(0.2, ContinualMetrics.Forgetting(matrix), 12);
    }

    [Fact]
    public void T10_a_single_task_has_no_transfer_and_no_forgetting()
    {
        double[][] matrix = [[0.1], [0.9]];
        Assert.Equal(0.9, ContinualMetrics.Acc(matrix));
        Assert.Equal(0.9, ContinualMetrics.LearningAccuracy(matrix));
        Assert.True(double.IsNaN(ContinualMetrics.Bwt(matrix)));
        Assert.True(double.IsNaN(ContinualMetrics.Fwt(matrix)));
        Assert.True(double.IsNaN(ContinualMetrics.Forgetting(matrix)));
        Assert.True(double.IsNaN(ContinualMetrics.WorstForgetting(matrix)));
    }

    [Fact]
    public void Rows_that_were_not_measured_leave_what_needs_them_undefined()
    {
        double[][] joint = [[0.1, 0.1], [double.NaN, double.NaN], [0.9, 0.8]];
        Assert.Equal(0.85, ContinualMetrics.Acc(joint), 12);
        Assert.True(double.IsNaN(ContinualMetrics.Bwt(joint)));
        Assert.True(double.IsNaN(ContinualMetrics.Forgetting(joint)));
        Assert.True(double.IsNaN(ContinualMetrics.Of(joint).WorstForgetting));
    }

    [Fact]
    public void A_matrix_of_the_wrong_form_is_named()
    {
        Assert.Contains("row 1 has 1", Assert.Throws<ArgumentException>(() => ContinualMetrics.Acc([[0, 0], [0], [0, 0]])).Message);
        Assert.Contains("untrained row", Assert.Throws<ArgumentException>(() => ContinualMetrics.Acc([[0.5]])).Message);
    }

    [Fact]
    public void Learning_curve_area_averages_tasks_first_and_batches_then()
    {
        var area = new LearningCurveArea(beta: 2);
        area.Add(0, 0.1);
        area.Add(0, 0.3);
        area.Add(1, 0.5);
        Assert.True(double.IsNaN(area.Value)); // no accuracy after batch 2 yet
        area.Add(2, 0.8);
        area.Add(3, 1.0);
        Assert.Equal((0.2 + 0.5 + 0.8) / 3, area.Value, 12);
    }
}
