using Engram.Kernels;
using Engram.Results;

namespace Engram.Benchmarking.Tests;

public class RunnerTests
{
    private static readonly BenchOptions Quick = new() { Quick = true, Rounds = 3 };

    [Fact]
    public void A_right_kernel_gets_a_row_with_its_figures()
    {
        Heard heard = new();
        BenchDocument document = new BenchRunner(Quick, heard, [Doubling("toy/double-1", wrong: false)]).Run();
        BenchRow row = Assert.Single(document.Rows);
        Assert.Equal(row, Assert.Single(heard.Rows));
        Assert.True(row is { Milliseconds: > 0, RoofShare: > 0, Samples: 3, Repeats: > 0, Threads: 1 });
        Assert.Equal(8.0, row.Gbps / row.Gflops, 6);
        Assert.True(document.Complete);
        Assert.Equal(document.Rows.Count, BenchJson.Deserialize(BenchJson.Serialize(document)).Rows.Count);
    }

    [Fact]
    public void A_wrong_kernel_gets_no_number_and_the_others_go_on()
    {
        Heard heard = new();
        BenchDocument document = new BenchRunner(Quick, heard, [Doubling("toy/wrong-1", wrong: true), Doubling("toy/right-1", wrong: false)]).Run();
        Assert.Equal("toy/right-1", Assert.Single(document.Rows).Name);
        BenchFailure failure = Assert.Single(document.Failures);
        Assert.Equal("toy/wrong-1", failure.Name);
        Assert.Contains("is wrong: off by", failure.Message);
        Assert.Equal(failure, Assert.Single(heard.Failures));
        StringWriter text = new();
        new BenchTable(text).Failure(failure);
        Assert.Contains("WRONG", text.ToString());
        Assert.DoesNotContain("GFLOP", text.ToString());
    }

    [Fact]
    public void A_kernel_that_writes_nothing_does_not_pass_on_what_was_there()
    {
        WorkloadCase lazy = new("toy/lazy-1", workspace =>
        {
            View y = workspace.Empty(4);
            workspace.Device.Fill(y, 1);
            return new Workload { Run = () => { }, Check = () => Deviation.Of(workspace.Host(y), _ => 1, 1e-6), Flops = 1, BytesRead = 1, BytesWritten = 16, Outputs = [y] };
        });
        Assert.Contains("off by NaN", Assert.Single(new BenchRunner(Quick, new Heard(), [lazy]).Run().Failures).Message);
    }

    [Fact]
    public void A_kernel_that_throws_is_named_with_its_message()
    {
        WorkloadCase broken = new("toy/broken-1", _ => throw new ArgumentException("sizes do not fit"));
        Assert.Contains("sizes do not fit", Assert.Single(new BenchRunner(Quick, new Heard(), [broken]).Run().Failures).Message);
    }

    [Fact]
    public void A_wrong_peer_is_no_measure()
    {
        WorkloadCase one = Doubling("toy/double-1", wrong: false);
        WorkloadCase withPeer = one with
        {
            Create = workspace =>
            {
                Workload right = one.Create(workspace);
                return new Workload
                {
                    Run = right.Run, Check = right.Check, Flops = 1, BytesRead = 4, BytesWritten = 4, Outputs = right.Outputs,
                    Peers = [new Contender("sloppy", "1", () => workspace.Device.Fill(right.Outputs[0], 3))],
                };
            },
        };
        Assert.StartsWith("sloppy is wrong", Assert.Single(new BenchRunner(Quick, new Heard(), [withPeer]).Run().Failures).Message);
    }

    [Fact]
    public void Contenders_take_turns_and_ratios_are_ours_over_theirs()
    {
        List<string> turns = [];
        Action Call(string who) => () =>
        {
            if (turns.Count == 0 || turns[^1] != who)
                turns.Add(who);
            Thread.Sleep(1);
        };
        WorkloadCase one = new("toy/sleep-1", _ => new Workload
        {
            Run = Call("ours"),
            Check = () => new Deviation(0, 1),
            Flops = 1,
            BytesRead = 1,
            BytesWritten = 1,
            Peers = [new Contender("peer", "1", Call("peer"))],
            Rungs = [new Contender("naive", "", Call("naive"))],
        });
        BenchRow row = Assert.Single(new BenchRunner(Quick with { Rungs = true }, new Heard(), [one]).Run().Rows);
        BenchPeer peer = Assert.Single(row.Peers), naive = Assert.Single(row.Rungs);
        Assert.Equal(("peer", "naive"), (peer.Name, naive.Name));
        Assert.Equal(row.Milliseconds / peer.Milliseconds, peer.Ratio, 9);
        // three rounds, another contender first in each
        Assert.Equal(["ours", "peer", "naive", "peer", "naive", "ours", "naive", "ours", "peer"], turns.TakeLast(9));
    }

    [Fact]
    public void A_stopped_run_keeps_its_finished_rows()
    {
        using CancellationTokenSource cancel = new();
        Heard heard = new() { OnRow = cancel.Cancel };
        BenchDocument document = new BenchRunner(Quick, heard, [Doubling("toy/a-1", false), Doubling("toy/b-1", false)]).Run(cancel.Token);
        Assert.Equal("toy/a-1", Assert.Single(document.Rows).Name);
        Assert.False(document.Complete);
    }

    [Fact]
    public void Options_that_cannot_be_are_refused()
    {
        Assert.Throws<FormatException>(() => new BenchRunner(Quick with { Threads = [0] }, new Heard()));
        Assert.Throws<FormatException>(() => new BenchRunner(Quick with { Threads = [1, 1] }, new Heard()));
        Assert.Throws<FormatException>(() => new BenchRunner(Quick with { Rounds = 1 }, new Heard()));
        Assert.Contains("calling thread alone", Assert.Throws<FormatException>(() => new BenchRunner(Quick with { ThreadClock = true, Threads = [2] }, new Heard())).Message);
    }

    [Fact]
    public void Bytes_from_the_managed_heap_are_counted_per_call()
    {
        byte[] kept = [];
        WorkloadCase greedy = new("toy/greedy-1", _ => new Workload { Run = () => kept = new byte[1000], Check = () => new Deviation(0, 1), Flops = 1, BytesRead = 1, BytesWritten = 1 });
        IReadOnlyList<BenchRow> rows = new BenchRunner(Quick, new Heard(), [greedy, Doubling("toy/double-1", wrong: false)]).Run().Rows;
        Assert.InRange(rows[0].AllocatedBytes, 1000, 1100);
        Assert.Equal(0, rows[1].AllocatedBytes);
        Assert.NotEmpty(kept);
    }

    private static WorkloadCase Doubling(string name, bool wrong) => new(name, workspace =>
    {
        View x = workspace.Uniform(1, 1000), y = workspace.Empty(1000);
        float[] from = workspace.Host(x);
        Device device = workspace.Device;
        return new Workload
        {
            Run = () => device.Map(new ScaleOp(wrong ? 2.001f : 2f), x, y),
            Check = () => Deviation.Of(workspace.Host(y), i => 2.0 * from[i], 1e-6),
            Flops = 1000,
            BytesRead = 4000,
            BytesWritten = 4000,
            Outputs = [y],
        };
    });

    private sealed class Heard : IBenchProgress
    {
        public List<BenchRow> Rows { get; } = [];

        public List<BenchFailure> Failures { get; } = [];

        public Action? OnRow { get; init; }

        public void Roof(BenchRoof roof)
        {
        }

        public void Row(BenchRow row)
        {
            Rows.Add(row);
            OnRow?.Invoke();
        }

        public void Failure(BenchFailure failure) => Failures.Add(failure);

        public void Note(string note)
        {
        }
    }
}
