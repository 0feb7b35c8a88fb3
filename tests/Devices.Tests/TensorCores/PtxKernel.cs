using System.Globalization;
using System.Text.RegularExpressions;

namespace Engram.Devices.Tests;

/// <summary>A kernel of a module's text, taken apart. Every instruction must be one that <see cref="PtxOperations"/> or <see cref="PtxMachine"/> knows.</summary>
internal sealed partial class PtxKernel
{
    private static readonly string[] Special = ["%tid.x", "%ctaid.x", "%ctaid.y", "%ctaid.z"];

    private readonly Dictionary<string, int> _registers = [];

    private PtxKernel(string name, string[] lines, int first)
    {
        Name = name;
        foreach (string register in Special)
            _registers[register] = _registers.Count;
        var labels = new Dictionary<string, int>();
        var branches = new List<(PtxInstruction Branch, string Label)>();
        for (int i = first; !lines[i].StartsWith('}'); i++)
        {
            string line = lines[i].Trim();
            if (line.EndsWith(':'))
            {
                labels[line[..^1]] = Instructions.Count;
                continue;
            }

            Parameters = Math.Max(Parameters, ParameterBytes().Match(line) is { Success: true } size ? int.Parse(size.Groups[1].Value, CultureInfo.InvariantCulture) : 0);
            if (line.StartsWith('.') && !line.StartsWith(".reg", StringComparison.Ordinal))
                Directives.Add(line);
            if (Form().Match(line) is not { Success: true } form)
                continue;
            string operation = form.Groups["name"].Value, rest = form.Groups["operands"].Value;
            int predicate = form.Groups["predicate"] is { Success: true } guard ? Register(guard.Value) : -1;
            bool isBranch = operation is "bra" or "bra.uni";
            var instruction = new PtxInstruction(operation, isBranch ? [] : [.. Operand().Matches(rest).Select(part => Parse(part.Value))], predicate, form.Groups["not"].Success, i + 1);
            if (isBranch)
                branches.Add((instruction, rest.Trim()));
            Instructions.Add(instruction);
        }

        foreach ((PtxInstruction branch, string label) in branches)
            branch.Target = labels[label];
        foreach (PtxInstruction instruction in Instructions)
            instruction.Lane = PtxMachine.IsCollective(instruction.Name) ? null : PtxOperations.Of(instruction);
    }

    /// <summary>The name of its entry.</summary>
    public string Name { get; }

    /// <summary>In the order of the text.</summary>
    public List<PtxInstruction> Instructions { get; } = [];

    /// <summary>Performance directives and pragmas.</summary>
    public List<string> Directives { get; } = [];

    /// <summary>Bytes of its parameter.</summary>
    public int Parameters { get; private set; }

    /// <summary>How many registers a lane has; the first are thread and group numbers.</summary>
    public int Registers => _registers.Count;

    /// <summary>All kernels of a text.</summary>
    public static Dictionary<string, PtxKernel> Read(string text)
    {
        string[] lines = text.Split('\n');
        return Enumerable.Range(0, lines.Length).Select(i => (Line: i, Entry: Entry().Match(lines[i]))).Where(one => one.Entry.Success)
            .ToDictionary(one => one.Entry.Groups[1].Value, one => new PtxKernel(one.Entry.Groups[1].Value, lines, one.Line + 1));
    }

    private int Register(string name)
    {
        if (!_registers.TryGetValue(name, out int index))
            _registers[name] = index = _registers.Count;
        return index;
    }

    private PtxOperand Parse(string text)
    {
        if (text.StartsWith('['))
        {
            string[] sum = text[1..^1].Split('+');
            PtxOperand start = Parse(sum[0]);
            return start with { Value = start.Value + (sum.Length > 1 ? Number(sum[1]) : 0) };
        }

        // symbols: the parameter and the shared memory both begin at 0 of their spaces
        return text.StartsWith('%') ? new PtxOperand(Register(text), 0)
            : char.IsLetter(text[0]) ? new PtxOperand(-1, 0)
            : new PtxOperand(-1, Number(text));
    }

    private static ulong Number(string text) => text.StartsWith("0f", StringComparison.Ordinal) || text.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : (ulong)long.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\.visible \.entry (\w+)\(")]
    private static partial Regex Entry();

    [GeneratedRegex(@"^\.param \.align 8 \.b8 \w+\[(\d+)\]")]
    private static partial Regex ParameterBytes();

    [GeneratedRegex(@"^(@(?<not>!)?(?<predicate>%p\d+)\s+)?(?<name>[a-z][\w.]*)(\s+(?<operands>.*))?;$")]
    private static partial Regex Form();

    [GeneratedRegex(@"\[[^\]]+\]|%[\w.]+|0[fx][0-9A-Fa-f]{8}|-?\d+|[A-Za-z_]\w*")]
    private static partial Regex Operand();
}
