using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// Compares JSON with the contract of the record that it is to become (the source-generated type information: the option
/// records are the one definition of the keys) and lists everything that does not fit, instead of stopping at the first thing.
/// </summary>
internal sealed class ConfigurationSchema
{
    private readonly List<string> _problems = [];
    private readonly Lazy<IReadOnlyList<string>> _paths;

    private ConfigurationSchema(JsonTypeInfo root) => _paths = new(() =>
    {
        List<string> paths = [];
        CollectPaths(root, "", [], paths);
        return paths;
    });

    /// <summary>Lists what does not fit.</summary>
    /// <param name="node">The JSON.</param>
    /// <param name="type">Contract of the record.</param>
    /// <param name="fitting">A copy without what does not fit; <c>null</c> where nothing is left.</param>
    public static IReadOnlyList<string> Check(JsonNode? node, JsonTypeInfo type, out JsonNode? fitting)
    {
        ConfigurationSchema schema = new(type);
        schema.Check(node, type, "", out fitting);
        return schema._problems;
    }

    /// <summary>Returns whether the copy may stand where the original stood.</summary>
    private bool Check(JsonNode? node, JsonTypeInfo type, string path, out JsonNode? fitting)
    {
        fitting = null;
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                if (node is not JsonObject keys)
                    return Wrong(path, "an object { … }", node);
                return CheckKeys(keys, type, path, out fitting);
            case JsonTypeInfoKind.Enumerable:
                if (node is not JsonArray list)
                    return Wrong(path, "a list [ … ]", node);
                JsonArray copy = [];
                JsonTypeInfo entryType = type.Options.GetTypeInfo(type.ElementType!);
                for (int i = 0; i < list.Count; i++)
                {
                    if (Check(list[i], entryType, $"{path}[{i}]", out JsonNode? entry))
                        copy.Add(entry);
                }

                fitting = copy;
                return true;
            default:
                return CheckScalar(node, type, path, out fitting);
        }
    }

    private bool CheckKeys(JsonObject keys, JsonTypeInfo type, string path, out JsonNode? fitting)
    {
        JsonObject copy = [];
        fitting = copy;
        JsonTypeInfo actual = type;
        string? discriminator = type.PolymorphismOptions?.TypeDiscriminatorPropertyName;
        if (discriminator is not null)
        {
            if (Derived(type, keys, path, discriminator) is not { } derived)
                return false;
            actual = derived;
            copy[discriminator] = keys[discriminator]!.DeepClone();
        }

        bool whole = true;
        foreach ((string key, JsonNode? value) in keys)
        {
            if (key == discriminator)
                continue;
            if (key == "$schema" && path.Length == 0)
                continue;
            JsonPropertyInfo? property = actual.Properties.FirstOrDefault(p => p.Name == key && IsRead(p));
            if (property is null)
            {
                UnknownKey(key, actual, discriminator, path);
                continue;
            }

            JsonTypeInfo propertyType = type.Options.GetTypeInfo(property.PropertyType);
            if (value is null)
            {
                if (property.IsSetNullable)
                    copy[key] = null;
                else
                    Wrong(Join(path, key), Expected(propertyType), null);
            }
            else if (Check(value, propertyType, Join(path, key), out JsonNode? clean))
            {
                copy[key] = clean;
            }
            else if (property.IsRequired)
            {
                whole = false;
            }
        }

        foreach (JsonPropertyInfo missing in actual.Properties.Where(p => p.IsRequired && !keys.ContainsKey(p.Name)))
        {
            _problems.Add($"{Join(path, missing.Name)}: is missing; expected {Expected(type.Options.GetTypeInfo(missing.PropertyType))}");
            whole = false;
        }

        return whole;
    }

    private JsonTypeInfo? Derived(JsonTypeInfo type, JsonObject keys, string path, string discriminator)
    {
        IList<JsonDerivedType> derived = type.PolymorphismOptions!.DerivedTypes;
        string valid = string.Join(", ", derived.Select(d => $"\"{d.TypeDiscriminator}\""));
        if (keys[discriminator] is not JsonValue value || !value.TryGetValue(out string? name))
        {
            _problems.Add($"{Join(path, discriminator)}: is missing or no text; it must be one of {valid}");
            return null;
        }

        foreach (JsonDerivedType candidate in derived)
        {
            if (candidate.TypeDiscriminator as string == name)
                return type.Options.GetTypeInfo(candidate.DerivedType);
        }

        string? nearest = EditDistance.Nearest(name, derived.Select(d => d.TypeDiscriminator as string ?? ""));
        _problems.Add($"{Join(path, discriminator)}: \"{name}\" is not known; {(nearest is null ? "" : $"did you mean \"{nearest}\"? ")}It must be one of {valid}");
        return null;
    }

    private bool CheckScalar(JsonNode? node, JsonTypeInfo type, string path, out JsonNode? fitting)
    {
        fitting = null;
        try
        {
            // A converter is free to accept several forms (seeds); only it knows them.
            if (node is null || JsonSerializer.Deserialize(node.ToJsonString(), type) is null)
                return Wrong(path, Expected(type), node);
            fitting = node.DeepClone();
            return true;
        }
        catch (JsonException e)
        {
            Type scalar = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
            if (!scalar.IsEnum && !scalar.IsPrimitive && scalar != typeof(string))
            {
                _problems.Add(e.Message.StartsWith(path, StringComparison.Ordinal) ? e.Message : $"{path}: {e.Message}");
                return false;
            }

            if (scalar.IsEnum && node is JsonValue value && value.TryGetValue(out string? text)
                && EditDistance.Nearest(text, NamesOf(type, scalar)) is { } nearest)
            {
                _problems.Add($"{path}: \"{text}\" is not known; did you mean \"{nearest}\"? It must be {Expected(type)}");
                return false;
            }

            return Wrong(path, Expected(type), node);
        }
    }

    private bool Wrong(string path, string expected, JsonNode? node)
    {
        string found = node is null ? "null" : node.ToJsonString();
        _problems.Add($"{(path.Length == 0 ? "the configuration" : path)}: expected {expected}, got {(found.Length > 60 ? found[..57] + "…" : found)}");
        return false;
    }

    private void UnknownKey(string key, JsonTypeInfo type, string? discriminator, string path)
    {
        List<string> siblings = [.. type.Properties.Where(IsRead).Select(p => p.Name)];
        if (discriminator is not null)
            siblings.Add(discriminator);
        string? nearest = EditDistance.Nearest(key, siblings) is { } sibling ? Join(path, sibling) : null;
        if (nearest is null || EditDistance.Between(key, nearest.AsSpan(nearest.LastIndexOf('.') + 1)) > 2)
        {
            // The right key in the wrong place: look at the whole tree, by the last part of each path.
            string? elsewhere = _paths.Value
                .Where(p => EditDistance.Between(key, p.AsSpan(p.LastIndexOf('.') + 1)) <= Math.Min(2, key.Length / 4))
                .OrderBy(p => EditDistance.Between(key, p.AsSpan(p.LastIndexOf('.') + 1))).ThenBy(p => p.Length).FirstOrDefault();
            nearest = elsewhere ?? nearest;
        }

        _problems.Add($"{Join(path, key)}: unknown key; "
            + (nearest is not null ? $"did you mean {nearest}?" : $"valid keys here: {string.Join(", ", siblings)}"));
    }

    private static void CollectPaths(JsonTypeInfo type, string path, HashSet<Type> above, List<string> paths)
    {
        if (type.Kind == JsonTypeInfoKind.Enumerable)
        {
            CollectPaths(type.Options.GetTypeInfo(type.ElementType!), path + "[…]", above, paths);
            return;
        }

        if (type.Kind != JsonTypeInfoKind.Object || !above.Add(type.Type))
            return;
        foreach (JsonPropertyInfo property in type.Properties.Where(IsRead))
        {
            string at = Join(path, property.Name);
            if (!paths.Contains(at))
                paths.Add(at);
            CollectPaths(type.Options.GetTypeInfo(property.PropertyType), at, above, paths);
        }

        foreach (JsonDerivedType derived in type.PolymorphismOptions?.DerivedTypes ?? [])
        {
            if (derived.DerivedType != type.Type)
                CollectPaths(type.Options.GetTypeInfo(derived.DerivedType), path, above, paths);
        }

        above.Remove(type.Type);
    }

    private static bool IsRead(JsonPropertyInfo property) => property.Set is not null || property.AssociatedParameter is not null;

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static string Expected(JsonTypeInfo type)
    {
        Type scalar = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        return type.Kind switch
        {
            JsonTypeInfoKind.Object => "an object { … }",
            JsonTypeInfoKind.Enumerable => "a list [ … ]",
            _ when scalar.IsEnum => "one of " + string.Join(", ", NamesOf(type, scalar).Select(name => $"\"{name}\"")),
            _ when scalar == typeof(int) || scalar == typeof(long) => "a whole number",
            _ when scalar == typeof(ulong) || scalar == typeof(uint) => "a whole number of 0 or more",
            _ when scalar == typeof(float) || scalar == typeof(double) => "a number",
            _ when scalar == typeof(bool) => "true or false",
            _ when scalar == typeof(string) => "text",
            _ when scalar == typeof(SeedList) => "a list of whole numbers, or text such as \"0..4\"",
            _ => "another form",
        };
    }

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "GetValuesAsUnderlyingType needs no code for the array of the enum's own type.")]
    private static string[] NamesOf(JsonTypeInfo type, Type scalar)
    {
        JsonTypeInfo plain = type.Options.GetTypeInfo(scalar);
        List<string> names = [];
        foreach (object value in Enum.GetValuesAsUnderlyingType(scalar))
            names.Add(JsonSerializer.Serialize(Enum.ToObject(scalar, value), plain).Trim('"'));
        return [.. names];
    }
}
