using System.Runtime.CompilerServices;

namespace Engram.Formats.Tests;

public sealed class ElementTypesTests
{
    [Fact]
    public void The_size_of_an_element_type_is_that_of_its_dotnet_type()
    {
        Check<float>(ElementType.F32);
        Check<double>(ElementType.F64);
        Check<Half>(ElementType.F16);
        Check<byte>(ElementType.U8);
        Check<sbyte>(ElementType.I8);
        Check<ushort>(ElementType.U16);
        Check<short>(ElementType.I16);
        Check<uint>(ElementType.U32);
        Check<int>(ElementType.I32);
        Check<ulong>(ElementType.U64);
        Check<long>(ElementType.I64);
        Check<bool>(ElementType.Bool);
        Assert.Equal(2, ElementType.BF16.ByteSize());
    }

    [Fact]
    public void Types_that_no_file_holds_are_refused_with_advice()
    {
        var caught = Assert.Throws<NotSupportedException>(() => ElementTypes.Of<decimal>());
        Assert.Contains("Decimal", caught.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => ((ElementType)99).ByteSize());
    }

    private static void Check<T>(ElementType expected)
        where T : unmanaged
    {
        Assert.Equal(expected, ElementTypes.Of<T>());
        Assert.Equal(Unsafe.SizeOf<T>(), expected.ByteSize());
    }
}
