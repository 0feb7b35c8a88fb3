using System.Reflection;

namespace Engram.Kernels.Tests;

/// <summary>Calls a generic test body with the static type of an op that is only known at run time.</summary>
internal static class Generic
{
    public static void Call(Type owner, string method, object op, params object?[] rest)
    {
        var generic = owner.GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
            ?? throw new InvalidOperationException($"{owner.Name}.{method} is missing");
        try
        {
            generic.MakeGenericMethod(op.GetType()).Invoke(null, [op, .. rest]);
        }
        catch (TargetInvocationException exception) when (exception.InnerException is not null)
        {
            throw new Xunit.Sdk.XunitException($"{op}: {exception.InnerException.Message}", exception.InnerException);
        }
    }
}
