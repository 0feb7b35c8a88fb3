using System.Reflection;

namespace Engram.Kernels.Tests;

/// <summary>Every elementwise op of the Kernels assembly, found by reflection and given parameters that are not neutral.</summary>
internal static class OpCatalog
{
    public static IEnumerable<IUnaryOp> Unary => All<IUnaryOp>();

    public static IEnumerable<IBinaryOp> Binary => All<IBinaryOp>();

    private static IEnumerable<TOp> All<TOp>() =>
        from type in typeof(IUnaryOp).Assembly.GetExportedTypes()
        where type.IsValueType && typeof(TOp).IsAssignableFrom(type)
        orderby type.Name
        select (TOp)Make(type);

    private static object Make(Type type)
    {
        var constructor = type.GetConstructors().MaxBy(c => c.GetParameters().Length);
        return constructor is null || constructor.GetParameters().Length == 0
            ? Activator.CreateInstance(type)!
            : constructor.Invoke(Array.ConvertAll(constructor.GetParameters(), Value));
    }

    private static object Value(ParameterInfo parameter) => parameter.Name switch
    {
        "Minimum" => -0.5f,
        "Maximum" => 1.25f,
        "Slope" => 0.125f,
        "Factor" => 1.7f,
        _ => 0.3f,
    };
}
