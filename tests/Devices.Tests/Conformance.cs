using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Xunit.Sdk;

namespace Engram.Devices.Tests;

/// <summary>Runs this assembly's tests by reflection: a test host needs assemblies in files of their own, and a single file has none.</summary>
internal static class Conformance
{
    /// <summary>Runs the tests whose name contains a text, one after the other.</summary>
    /// <returns>0 when none failed and one at least ran; else 1.</returns>
    public static int Run(string text, TextWriter output)
    {
        int passed = 0, failed = 0, skipped = 0;
        output.WriteLine($"devices found: {string.Join(", ", DevicesFound.Names)}");
        foreach (MethodInfo test in Tests(text))
        {
            Stopwatch watch = Stopwatch.StartNew();
            (int good, int bad, int left) = (passed, failed, skipped);
            foreach (object?[] row in Rows(test))
            {
                switch (Outcome(test, row))
                {
                    case null:
                        passed++;
                        break;
                    case Exception e when e.GetType().Name == "SkipException":
                        skipped++;
                        break;
                    case Exception e:
                        failed++;
                        output.WriteLine($"FAILED {test.DeclaringType!.Name}.{test.Name}({string.Join(", ", row)}): {e.Message}");
                        break;
                }
            }

            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{test.DeclaringType!.Name}.{test.Name}: {passed - good} passed, {failed - bad} failed, {skipped - left} skipped, {watch.Elapsed.TotalSeconds:F1} s"));
        }

        output.WriteLine($"conformance: {passed} passed, {failed} failed, {skipped} skipped");
        return failed > 0 || passed == 0 ? 1 : 0;
    }

    private static IEnumerable<MethodInfo> Tests(string text) => typeof(Conformance).Assembly.GetTypes().Where(type => type is { IsPublic: true, IsAbstract: false })
        .SelectMany(type => type.GetMethods().Where(method => method.GetCustomAttribute<FactAttribute>() is not null))
        .Where(method => $"{method.DeclaringType!.Name}.{method.Name}".Contains(text, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<object?[]> Rows(MethodInfo test)
    {
        DataAttribute[] sources = [.. test.GetCustomAttributes<DataAttribute>()];
        return sources.Length == 0 ? [[]] : sources.SelectMany(source => source.GetData(test));
    }

    private static Exception? Outcome(MethodInfo test, object?[] row)
    {
        object? instance = null;
        try
        {
            instance = test.IsStatic ? null : Activator.CreateInstance(test.DeclaringType!);
            test.Invoke(instance, row);
            return null;
        }
        catch (TargetInvocationException e)
        {
            return e.InnerException!;
        }
        finally
        {
            (instance as IDisposable)?.Dispose();
        }
    }
}
