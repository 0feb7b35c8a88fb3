using System.Text;

namespace Engram.Formats;

/// <summary>
/// Reads the dictionary of a .npy header, <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (2, 3), }</c>, by its own
/// small grammar: three keys in any order, each once; a text, a truth value, a tuple of whole numbers. Nothing is evaluated.
/// </summary>
internal ref struct NpyHeaderParser(BoundedFile file, ReadOnlySpan<byte> text)
{
    // numpy itself stops at 64
    private const int MaxRank = 64;
    private const string Remedy = "Write the array again with numpy.save.";

    private readonly ReadOnlySpan<byte> text = text;
    private int at;
    private string? descr;
    private bool? fortranOrder;
    private long[]? shape;

    public NpyHeader Parse(int version, long dataOffset)
    {
        Skip();
        Expect('{');
        for (Skip(); !TryTake('}'); Skip())
        {
            ParseEntry();
            Skip();
            if (!TryTake(','))
            {
                Skip();
                Expect('}');
                break;
            }
        }

        Skip();
        if (at != text.Length)
        {
            throw Unexpected("nothing after the dictionary but white space");
        }

        if (descr is null || fortranOrder is null || shape is null)
        {
            string missing = descr is null ? "descr" : fortranOrder is null ? "fortran_order" : "shape";
            throw file.Fail(null, "the keys descr, fortran_order and shape", $"no '{missing}'", Remedy);
        }

        return Check(version, dataOffset);
    }

    private NpyHeader Check(int version, long dataOffset)
    {
        ElementType? type = descr!.Length == 3
            ? descr[1..] switch
            {
                "f2" => ElementType.F16,
                "f4" => ElementType.F32,
                "f8" => ElementType.F64,
                "i1" => ElementType.I8,
                "i2" => ElementType.I16,
                "i4" => ElementType.I32,
                "i8" => ElementType.I64,
                "u1" => ElementType.U8,
                "u2" => ElementType.U16,
                "u4" => ElementType.U32,
                "u8" => ElementType.U64,
                "b1" => ElementType.Bool,
                _ => null,
            }
            : null;
        if (type is null || !(descr[0] is '<' or '>' || (descr[0] == '|' && type.Value.ByteSize() == 1)))
        {
            throw file.Fail(
                null, "descr with byte order '<', '>' or '|' and one of f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8, b1",
                $"'{Printable.Text(descr)}'", "Convert the array with astype before it is saved.");
        }

        if (!ShapeSize.TryCount(shape, type.Value.ByteSize(), out long elements, out long bytes))
        {
            throw file.Fail(null, "a shape whose bytes fit in 63 bits", $"shape {Printable.Shape(shape)}", Remedy);
        }

        if (bytes != file.Length - dataOffset)
        {
            throw file.Fail(
                null, $"{bytes} bytes of data for {type} {Printable.Shape(shape)}", $"{file.Length - dataOffset} bytes",
                "The file is truncated, or holds more than one array: save one array per file.");
        }

        return new NpyHeader(type.Value, descr[0] == '>', fortranOrder!.Value, shape!, elements, version, dataOffset);
    }

    private void ParseEntry()
    {
        string key = ParseText();
        Skip();
        Expect(':');
        Skip();
        bool again;
        switch (key)
        {
            case "descr":
                again = descr is not null;
                descr = ParseText();
                break;
            case "fortran_order":
                again = fortranOrder is not null;
                fortranOrder = ParseTruth();
                break;
            case "shape":
                again = shape is not null;
                shape = ParseShape();
                break;
            default:
                throw file.Fail(null, "the keys descr, fortran_order and shape", $"'{Printable.Text(key)}'", Remedy);
        }

        if (again)
        {
            throw file.Fail(null, "every key once", $"'{key}' twice", Remedy);
        }
    }

    private string ParseText()
    {
        if (at == text.Length || text[at] is not ((byte)'\'' or (byte)'"'))
        {
            throw Unexpected("a quoted text; structured and nested types are not supported");
        }

        byte quote = text[at++];
        int length = text[at..].IndexOf(quote);
        ReadOnlySpan<byte> content = length < 0 ? default : text.Slice(at, length);
        if (length < 0 || content.ContainsAnyExceptInRange((byte)' ', (byte)'~') || content.Contains((byte)'\\'))
        {
            throw Unexpected("printable ASCII without escapes up to the closing quote");
        }

        at += length + 1;
        return Encoding.ASCII.GetString(content);
    }

    private bool ParseTruth()
    {
        ReadOnlySpan<byte> rest = text[at..];
        bool value = rest.StartsWith("True"u8);
        if (!value && !rest.StartsWith("False"u8))
        {
            throw Unexpected("True or False");
        }

        at += value ? 4 : 5;
        return value;
    }

    private long[] ParseShape()
    {
        var sizes = new List<long>();
        Expect('(');
        for (Skip(); !TryTake(')'); Skip())
        {
            if (sizes.Count == MaxRank)
            {
                throw Unexpected($"at most {MaxRank} dimensions");
            }

            sizes.Add(ParseSize());
            Skip();
            if (TryTake(','))
            {
                continue;
            }

            // "(3)" is a number in brackets, not a tuple
            if (sizes.Count == 1)
            {
                throw Unexpected("a comma after the only dimension");
            }

            Expect(')');
            break;
        }

        return [.. sizes];
    }

    private long ParseSize()
    {
        long value = 0;
        int start = at;
        for (; at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            int digit = text[at] - '0';
            if (value > (long.MaxValue - digit) / 10)
            {
                throw Unexpected("a dimension that fits in 63 bits");
            }

            value = (value * 10) + digit;
        }

        if (at == start)
        {
            throw Unexpected("a dimension: a whole number that is not negative");
        }

        // Python 2 wrote long integers as 3L
        TryTake('L');
        return value;
    }

    private void Skip()
    {
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
        {
            at++;
        }
    }

    private bool TryTake(char expected)
    {
        bool found = at < text.Length && text[at] == expected;
        at += found ? 1 : 0;
        return found;
    }

    private void Expect(char expected)
    {
        if (!TryTake(expected))
        {
            throw Unexpected($"'{expected}'");
        }
    }

    private readonly TensorFormatException Unexpected(string expected)
    {
        string found = at < text.Length ? $"'{Printable.Text(((char)text[at]).ToString())}'" : "its end";
        return file.Fail(null, $"{expected} at byte {at} of the header", found, Remedy);
    }
}
