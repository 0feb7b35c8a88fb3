using System.Globalization;

namespace Engram.Cli;

/// <summary>One cache of the first core, as Linux tells it.</summary>
internal sealed record CpuCache(int Level, string Kind, long Bytes)
{
    /// <summary>The caches; empty where the system does not tell.</summary>
    public static IReadOnlyList<CpuCache> OfThisMachine()
    {
        const string Root = "/sys/devices/system/cpu/cpu0/cache";
        List<CpuCache> caches = [];
        try
        {
            if (!Directory.Exists(Root))
                return caches;
            foreach (string folder in Directory.EnumerateDirectories(Root, "index*").Order(StringComparer.Ordinal))
            {
                string Text(string file) => File.ReadAllText(Path.Combine(folder, file)).Trim();
                string size = Text("size");
                long unit = size[^1] switch { 'K' => 1024, 'M' => 1024 * 1024, _ => 1 };
                long number = long.Parse(unit == 1 ? size : size[..^1], CultureInfo.InvariantCulture);
                caches.Add(new CpuCache(int.Parse(Text("level"), CultureInfo.InvariantCulture), Text("type"), number * unit));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // What could be read is shown.
        }

        return caches;
    }
}
