using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests.Memory;

/// <summary>Step memory: what is handed out never overlaps, what is given back is used again, and a reset forgets everything.</summary>
public class ArenaTests
{
    private static readonly Device Cpu = Device.Host;

    [Fact]
    public void Memory_in_use_never_overlaps_whatever_is_given_back_in_between()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), choices =>
        {
            using var arena = new Arena(Cpu);
            List<View> held = [];
            foreach (int choice in choices)
            {
                if (choice < 0 && held.Count > 0)
                {
                    int index = (int)((uint)choice % (uint)held.Count);
                    arena.Release(held[index]);
                    held.RemoveAt(index);
                }
                else
                {
                    held.Add(arena.Allocate([Math.Abs(choice % 1000) * 97 + 1]));
                }
            }

            for (int i = 0; i < held.Count; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    bool apart = !ReferenceEquals(held[i].Buffer, held[j].Buffer) || held[i].Layout.Offset >= held[j].Layout.Offset + held[j].Count
                        || held[j].Layout.Offset >= held[i].Layout.Offset + held[i].Count;
                    if (!apart)
                        return false;
                }
            }

            return arena.Used == held.Sum(view => (view.Count + 15L) / 16 * 16) && arena.Used <= arena.Reserved && arena.Peak >= arena.Used;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Memory_given_back_is_handed_out_again()
    {
        using var arena = new Arena(Cpu);
        View first = arena.Allocate([100]), second = arena.Allocate([50]), third = arena.Allocate([10]);
        arena.Release(first);
        arena.Release(second);
        View again = arena.Allocate([140]);
        Assert.Equal(first.Layout.Offset, again.Layout.Offset); // two neighbours became one piece
        Assert.NotEqual(third.Layout.Offset, arena.Allocate([20]).Layout.Offset);
    }

    [Fact]
    public void A_scope_takes_back_what_was_allocated_in_it_and_leaves_the_rest()
    {
        using var arena = new Arena(Cpu);
        _ = arena.Allocate([64]);
        arena.BeginScope();
        View scratch = arena.Allocate([256]);
        View kept = arena.Allocate([32], outlivesScope: true);
        arena.EndScope();
        Assert.Equal(96, arena.Used);
        Assert.Equal(scratch.Layout.Offset, arena.Allocate([256]).Layout.Offset);
        Assert.Equal(scratch.Layout.Offset + 256, kept.Layout.Offset);
    }

    [Fact]
    public void After_a_reset_one_slab_as_large_as_the_largest_step_serves()
    {
        using var arena = new Arena(Cpu);
        for (int step = 0; step < 3; step++)
        {
            arena.Reset();
            _ = arena.Allocate([70_000]);
            View big = arena.Allocate([300_000]);
            arena.Release(big);
            _ = arena.Allocate([200_000]);
        }

        Assert.Equal(370_000 + 370_000 % 16, arena.Reserved, 64.0);
        Assert.Equal(3, arena.Generation);
    }

    [Fact]
    public void Foreign_memory_cannot_be_given_back()
    {
        using var arena = new Arena(Cpu);
        var own = new View(Cpu.Allocate<float>(16), Layout.RowMajor([16]));
        Assert.Contains("not part of this arena", Assert.Throws<ArgumentException>(() => arena.Release(own)).Message);
    }

    [Fact]
    public void Two_scopes_at_once_are_an_error()
    {
        using var arena = new Arena(Cpu);
        arena.BeginScope();
        Assert.Throws<InvalidOperationException>(arena.BeginScope);
    }
}
