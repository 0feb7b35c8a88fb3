using System.Globalization;
using System.Text.Json.Nodes;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// A place in a configuration: keys joined by dots, list entries by number or by the <c>name</c> they carry:
/// <c>optimizer.learningRate</c>, <c>model.hidden[0]</c>, <c>methods[er-gen].strategy.replay.rank</c>. Brackets behind an object name a key that has
/// dots itself: <c>axes.model.mlp[optimizer.learningRate]</c>.
/// </summary>
public static class ConfigurationPath
{
    /// <summary>Writes a value at a place; objects on the way that are missing are made.</summary>
    /// <param name="root">The configuration, changed in place.</param>
    /// <param name="path">The place.</param>
    /// <param name="value">The value; it must not belong to another tree.</param>
    /// <returns>What is wrong, or <c>null</c> when the value was written.</returns>
    public static string? Set(JsonObject root, string path, JsonNode? value)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(path);
        if (Split(path) is not { } steps)
            return $"'{path}' is not a path; write keys joined by dots, e.g. optimizer.learningRate=0.1 or methods[er-gen].strategy.replay.rank=10";
        JsonNode at = root;
        string done = "";
        for (int i = 0; i < steps.Count; i++)
        {
            bool last = i == steps.Count - 1;
            string step = steps[i];
            if (step[0] == '[' && at is JsonObject)
            {
                step = step[1..^1];
            }
            else if (step[0] == '[')
            {
                string name = step[1..^1];
                if (at is not JsonArray list)
                    return $"{path}: {done} is not a list";
                int index = IndexOf(list, name);
                if (index < 0)
                    return $"{path}: {done} has no entry '{name}'; it has {Entries(list)}";
                if (last)
                    list[index] = value;
                else if (list[index] is { } entry)
                    at = entry;
                else
                    return $"{path}: {done}{step} is null";
                done += step;
                continue;
            }

            if (at is not JsonObject keys)
                return $"{path}: {done} holds no keys";
            done += done.Length == 0 ? step : "." + step;
            if (last)
                keys[step] = value;
            else if (keys[step] is { } child)
                at = child;
            else
                keys[step] = at = new JsonObject();
        }

        return null;
    }

    /// <summary>Reads the right side of <c>key=value</c>: JSON where it is JSON (numbers, lists, true), plain text otherwise.</summary>
    public static JsonNode? ValueOf(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (System.Text.Json.JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static int IndexOf(JsonArray list, string name)
    {
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            return index < list.Count ? index : -1;
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] is JsonObject entry && entry["name"] is JsonValue value && value.TryGetValue(out string? text) && text == name)
                return i;
        }

        return -1;
    }

    private static string Entries(JsonArray list)
    {
        string[] names = [.. list.OfType<JsonObject>().Select(entry => entry["name"]).OfType<JsonValue>()
            .Select(value => value.TryGetValue(out string? text) ? text : "").Where(text => text.Length > 0)];
        return names.Length > 0 ? string.Join(", ", names) : list.Count == 0 ? "no entries" : $"entries 0 to {list.Count - 1}";
    }

    /// <summary><c>a.b[c].d</c> as a, b, [c], d; null where it is not of that form.</summary>
    private static List<string>? Split(string path)
    {
        List<string> steps = [];
        int i = 0;
        while (i < path.Length)
        {
            if (path[i] == '[')
            {
                int close = Closing(path, i);
                if (close <= i + 1 || steps.Count == 0)
                    return null;
                steps.Add(path[i..(close + 1)]);
                i = close + 1;
                continue;
            }

            if (path[i] == '.')
            {
                if (steps.Count == 0)
                    return null;
                i++;
            }
            else if (steps.Count > 0)
            {
                return null;
            }

            int end = path.AsSpan(i).IndexOfAny('.', '[');
            string key = end < 0 ? path[i..] : path.Substring(i, end);
            if (key.Length == 0)
                return null;
            steps.Add(key);
            i += key.Length;
        }

        return steps.Count == 0 ? null : steps;
    }

    /// <summary>Where the bracket at a place closes; a key in brackets may have brackets itself. −1 when it does not.</summary>
    private static int Closing(string path, int open)
    {
        int depth = 0;
        for (int i = open; i < path.Length; i++)
        {
            depth += path[i] switch { '[' => 1, ']' => -1, _ => 0 };
            if (depth == 0)
                return i;
        }

        return -1;
    }
}
