using System.Text;

namespace Engram.Report;

/// <summary>The frame of every page: one self-contained file, light and dark by the reader's preference, no script, nothing loaded from elsewhere.</summary>
internal static class HtmlPage
{
    /// <summary>Writes a page to a file; the name refers to a whole page at every moment.</summary>
    /// <param name="path">The file; its folder is created, an older file is replaced.</param>
    /// <param name="write">Writes the page.</param>
    public static void Save(string path, Action<TextWriter> write)
    {
        var whole = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(whole)!);
        var temporary = $"{whole}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var writer = new StreamWriter(temporary, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
            {
                write(writer);
            }

            File.Move(temporary, whole, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes head and heading, and the body between.</summary>
    /// <param name="output">Where the page goes; the text declares UTF-8.</param>
    /// <param name="title">Title and first heading.</param>
    /// <param name="body">Writes what stands below the heading.</param>
    public static void Write(TextWriter output, string title, Action<HtmlWriter> body)
    {
        var html = new HtmlWriter(output);
        html.Verbatim("<!DOCTYPE html>\n");
        using (html.Open("html", ("lang", "en")))
        {
            using (html.Open("head"))
            {
                html.Leaf("meta", ("charset", "utf-8"));
                html.Leaf("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
                html.Leaf("meta", ("name", "color-scheme"), ("content", "light dark"));
                html.Element("title", title);
                using (html.Open("style"))
                {
                    html.Verbatim(ReportStyle.Css);
                }
            }

            using (html.Open("body"))
            using (html.Open("main"))
            {
                html.Element("h1", title);
                body(html);
            }
        }
    }
}
