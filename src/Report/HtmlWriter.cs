using System.Globalization;

namespace Engram.Report;

/// <summary>
/// Writes markup that is HTML and well-formed XML at once: every element is closed by its scope, every text and attribute is
/// escaped here and nowhere else, so a hostile method name cannot leave its place.
/// </summary>
internal sealed class HtmlWriter(TextWriter output)
{
    private readonly Stack<string> open = new();
    private int nextId;

    /// <summary>An id not used before on this page.</summary>
    public string FreshId() => string.Create(CultureInfo.InvariantCulture, $"e{nextId++}");

    /// <summary>A coordinate: two decimals, point as separator.</summary>
    public static string Number(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Opens an element; disposing the result closes it.</summary>
    public Scope Open(string name, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Tag(name, attributes);
        output.Write('>');
        open.Push(name);
        return new Scope(this);
    }

    /// <summary>An element that holds only text.</summary>
    public void Element(string name, string text, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Tag(name, attributes);
        output.Write('>');
        Text(text);
        output.Write("</");
        output.Write(name);
        output.Write(">\n");
    }

    /// <summary>An element without content: a void element of HTML or a leaf of SVG.</summary>
    public void Leaf(string name, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Tag(name, attributes);
        output.Write("/>\n");
    }

    /// <summary>Text, escaped.</summary>
    public void Text(string text)
    {
        foreach (var c in Legal(text))
        {
            switch (c)
            {
                case '&': output.Write("&amp;"); break;
                case '<': output.Write("&lt;"); break;
                case '>': output.Write("&gt;"); break;
                case '"': output.Write("&quot;"); break;
                case '\'': output.Write("&#39;"); break;
                default: output.Write(c); break;
            }
        }
    }

    /// <summary>Text of our own that must stay as it is: the document type and the style sheet.</summary>
    public void Verbatim(string text) => output.Write(text);

    private void Tag(string name, ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        output.Write('<');
        output.Write(name);
        foreach (var (attribute, value) in attributes)
        {
            if (value is not null)
            {
                output.Write(' ');
                output.Write(attribute);
                output.Write("=\"");
                Text(value);
                output.Write('"');
            }
        }
    }

    private void Close()
    {
        output.Write("</");
        output.Write(open.Pop());
        output.Write(">\n");
    }

    /// <summary>Replaces what no XML document may hold: control characters and halves of surrogate pairs.</summary>
    private static string Legal(string text)
    {
        char[]? changed = null;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if ((c < ' ' && c is not ('\t' or '\n' or '\r')) || c is '\uFFFE' or '\uFFFF' || char.IsSurrogate(c))
            {
                changed ??= text.ToCharArray();
                changed[i] = '\uFFFD';
            }
        }

        return changed is null ? text : new string(changed);
    }

    /// <summary>Closes its element when disposed.</summary>
    public readonly struct Scope(HtmlWriter writer) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => writer.Close();
    }
}
