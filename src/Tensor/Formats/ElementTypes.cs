namespace Engram.Formats;

/// <summary>What is known about each <see cref="ElementType"/>: its size and the .NET type that holds it exactly.</summary>
public static class ElementTypes
{
    /// <summary>The bytes that one element takes.</summary>
    /// <param name="type">The element type.</param>
    /// <returns>1, 2, 4 or 8.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="type"/> is no member of the enumeration.</exception>
    public static int ByteSize(this ElementType type) => type switch
    {
        ElementType.Bool or ElementType.U8 or ElementType.I8 => 1,
        ElementType.U16 or ElementType.I16 or ElementType.F16 or ElementType.BF16 => 2,
        ElementType.U32 or ElementType.I32 or ElementType.F32 => 4,
        ElementType.U64 or ElementType.I64 or ElementType.F64 => 8,
        _ => throw new ArgumentOutOfRangeException(
            nameof(type), type, $"element type: expected a member of {nameof(ElementType)}, found {(int)type}."),
    };

    /// <summary>The element type that stores a <typeparamref name="T"/> exactly.</summary>
    /// <typeparam name="T">
    /// A primitive number, <see cref="Half"/> or <see cref="bool"/>. There is no .NET type for bfloat16: use bytes.
    /// </typeparam>
    /// <returns>The element type.</returns>
    /// <exception cref="NotSupportedException">No element type stores <typeparamref name="T"/>.</exception>
    public static ElementType Of<T>()
        where T : unmanaged
    {
        return typeof(T) == typeof(float) ? ElementType.F32
            : typeof(T) == typeof(double) ? ElementType.F64
            : typeof(T) == typeof(Half) ? ElementType.F16
            : typeof(T) == typeof(byte) ? ElementType.U8
            : typeof(T) == typeof(sbyte) ? ElementType.I8
            : typeof(T) == typeof(ushort) ? ElementType.U16
            : typeof(T) == typeof(short) ? ElementType.I16
            : typeof(T) == typeof(uint) ? ElementType.U32
            : typeof(T) == typeof(int) ? ElementType.I32
            : typeof(T) == typeof(ulong) ? ElementType.U64
            : typeof(T) == typeof(long) ? ElementType.I64
            : typeof(T) == typeof(bool) ? ElementType.Bool
            : throw new NotSupportedException(
                $"element type: expected float, double, Half, bool or an integer of 8 to 64 bits, found {typeof(T).Name}. "
                + "Pass the values as bytes with their element type.");
    }

    /// <summary>Reads a safetensors type name such as <c>F32</c> or <c>BOOL</c>.</summary>
    internal static bool TryParseSafetensors(string text, out ElementType type)
    {
        ElementType? found = text switch
        {
            "BOOL" => ElementType.Bool,
            "U8" => ElementType.U8,
            "I8" => ElementType.I8,
            "U16" => ElementType.U16,
            "I16" => ElementType.I16,
            "F16" => ElementType.F16,
            "BF16" => ElementType.BF16,
            "U32" => ElementType.U32,
            "I32" => ElementType.I32,
            "F32" => ElementType.F32,
            "U64" => ElementType.U64,
            "I64" => ElementType.I64,
            "F64" => ElementType.F64,
            _ => null,
        };
        type = found.GetValueOrDefault();
        return found.HasValue;
    }

    /// <summary>The name that a safetensors header gives the type.</summary>
    internal static string SafetensorsName(this ElementType type) =>
        type == ElementType.Bool ? "BOOL" : type.ToString();
}
