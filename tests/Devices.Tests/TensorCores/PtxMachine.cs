namespace Engram.Devices.Tests;

/// <summary>
/// Runs a kernel's text, every lane of every warp: the lanes that stand first go on together until they meet the others. What it does is written from the PTX ISA manual.
/// </summary>
internal sealed class PtxMachine(PtxKernel kernel)
{
    private const string Tf32 = "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", Bf16 = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32";
    private const string Copy16 = "cp.async.cg.shared.global", Copy4 = "cp.async.ca.shared.global", Commit = "cp.async.commit_group", Wait = "cp.async.wait_group";
    private const string Meet = "bar.warp.sync";

    /// <summary>Instructions of warps so far, by name.</summary>
    public Dictionary<string, long> Executed { get; } = [];

    /// <summary>Times that the banks of shared memory were taken so far, by name of the instruction.</summary>
    public Dictionary<string, long> Wavefronts { get; } = [];

    /// <summary>Whether <see cref="PtxOperations"/> need not know an instruction.</summary>
    public static bool IsCollective(string name) => name is Tf32 or Bf16 or Copy16 or Copy4 or Commit or Wait or Meet or "bar.sync" or "bra" or "bra.uni" or "ret";

    /// <summary>Runs one group of 256 threads.</summary>
    public void Run(byte[] parameters, LentMemory[] memory, int sharedBytes, int x, int y, int z)
    {
        var group = new PtxGroup(parameters, memory, sharedBytes);
        PtxWarp[] warps = [.. Enumerable.Range(0, 8).Select(w => new PtxWarp(group, 32 * w, kernel.Registers, x, y, z))];
        for (; ; )
        {
            foreach (PtxWarp warp in warps)
                Advance(warp);
            if (warps.All(warp => !warp.AtBarrier))
                return;
            if (!warps.All(warp => warp.AtBarrier) || warps.Select(warp => warp.Next[0]).Distinct().Count() > 1)
                throw new InvalidOperationException($"{kernel.Name}: warps wait at different barriers");
            foreach (PtxWarp warp in warps)
                warp.AtBarrier = false;
        }
    }

    // to the next barrier, or to the end
    private void Advance(PtxWarp warp)
    {
        List<PtxInstruction> text = kernel.Instructions;
        Span<int> lanes = stackalloc int[32];
        for (; ; )
        {
            // lanes that wait for their warp let the others go first
            int at = text.Count, count = 0;
            for (int lane = 0; lane < 32; lane++)
                at = warp.Next[lane] < at && !warp.Waits[lane] ? warp.Next[lane] : at;
            if (at == text.Count)
            {
                if (warp.Next.Min() == text.Count)
                    return;
                if (warp.Next.Distinct().Count() > 1)
                    throw new InvalidOperationException($"{kernel.Name}: lanes wait for their warp while others have ended or wait elsewhere");
                warp.Waits.AsSpan().Clear();
                for (int lane = 0; lane < 32; lane++)
                    warp.Next[lane]++;
                continue;
            }

            PtxInstruction instruction = text[at];
            if (instruction.Name == Meet)
            {
                for (int lane = 0; lane < 32; lane++)
                    warp.Waits[lane] |= warp.Next[lane] == at;
                continue;
            }

            for (int lane = 0; lane < 32; lane++)
            {
                if (warp.Next[lane] != at)
                    continue;
                warp.Next[lane]++;
                bool takesPart = instruction.Predicate < 0 || (warp.Registers[(instruction.Predicate * 32) + lane] != 0) != instruction.Negated;
                if (takesPart)
                    lanes[count++] = lane;
            }

            if (count == 0)
                continue;
            try
            {
                Execute(warp, instruction, lanes[..count]);
            }
            catch (InvalidOperationException problem)
            {
                throw new InvalidOperationException($"{kernel.Name}, line {instruction.Line}, {instruction.Name}, warp of thread {warp.First}: {problem.Message}", problem);
            }

            if (warp.AtBarrier)
                return;
        }
    }

    private void Execute(PtxWarp warp, PtxInstruction instruction, ReadOnlySpan<int> lanes)
    {
        Executed[instruction.Name] = Executed.GetValueOrDefault(instruction.Name) + 1;
        PtxOperand[] o = instruction.Operands;
        switch (instruction.Name)
        {
            case "bra" or "bra.uni":
                foreach (int lane in lanes)
                    warp.Next[lane] = instruction.Target;
                return;
            case "ret":
                foreach (int lane in lanes)
                    warp.Next[lane] = kernel.Instructions.Count;
                return;
            case "bar.sync":
                RequireAll(lanes);
                warp.AtBarrier = true;
                return;
            case Tf32 or Bf16:
                RequireAll(lanes);
                PtxFragments.MultiplyAdd(warp, o, bf16: instruction.Name == Bf16);
                return;
        }

        if (instruction.Name.Contains(".shared", StringComparison.Ordinal) && instruction.Name is not "cvta.shared.u64")
            CountBanks(warp, instruction, lanes);
        foreach (int lane in lanes)
        {
            int thread = warp.First + lane;
            switch (instruction.Name)
            {
                case Copy16 or Copy4:
                    warp.Group.Copy(thread, (uint)o[0].Address(warp, lane), (nint)o[1].Address(warp, lane), (int)o[2].Value, (int)(uint)o[3].Of(warp, lane));
                    break;
                case Commit:
                    warp.Group.Commit(thread);
                    break;
                case Wait:
                    warp.Group.Wait(thread, (int)o[0].Value);
                    break;
                default:
                    instruction.Lane!(warp, lane);
                    break;
            }
        }
    }

    /// <summary>
    /// 32 banks of four bytes: lanes that want different words of one bank wait for each other. Accesses of 16 bytes go eight lanes at a time, of four bytes all at once.
    /// </summary>
    private void CountBanks(PtxWarp warp, PtxInstruction instruction, ReadOnlySpan<int> lanes)
    {
        bool wide = instruction.Name.Contains(".v4", StringComparison.Ordinal) || instruction.Name == Copy16;
        PtxOperand at = instruction.Name.StartsWith("ld", StringComparison.Ordinal) ? instruction.Operands[^1] : instruction.Operands[0];
        if (instruction.Name.Contains(".to.", StringComparison.Ordinal))
            return;
        long taken = 0;
        int together = wide ? 8 : 32, words = wide ? 4 : 1;
        for (int first = 0; first < 32; first += together)
        {
            var banks = new HashSet<ulong>[32];
            foreach (int lane in lanes)
            {
                if (lane < first || lane >= first + together)
                    continue;
                for (uint word = 0; word < words; word++)
                {
                    ulong place = (at.Address(warp, lane) / 4) + word;
                    (banks[place % 32] ??= []).Add(place);
                }
            }

            taken += banks.Max(bank => bank?.Count ?? 0);
        }

        Wavefronts[instruction.Name] = Wavefronts.GetValueOrDefault(instruction.Name) + taken;
    }

    private static void RequireAll(ReadOnlySpan<int> lanes)
    {
        if (lanes.Length != 32)
            throw new InvalidOperationException($"only {lanes.Length} lanes of the warp are here");
    }
}
