using System.Buffers.Binary;
using System.Text;

namespace Engram.Formats.Tests;

public sealed class NpyHostileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_truncation_is_refused()
    {
        Hostile.TruncateEverywhere(folder, GoldenFiles.NpyFortranFloat32, ReadAny);
        Hostile.TruncateEverywhere(folder, GoldenFiles.NpyVersion2, ReadAny);
    }

    [Fact]
    public void Damaged_bytes_are_refused_or_read_and_never_crash()
    {
        byte[][] files = [GoldenFiles.NpyFortranFloat32, GoldenFiles.NpyVersion3, GoldenFiles.NpyEmpty, GoldenFiles.NpyScalar];
        foreach (byte[] whole in files)
        {
            int refused = Hostile.Damage(folder, whole, ReadAny, randomFiles: 500, seed: 2);
            Assert.InRange(refused, 300, (whole.Length * 8) + 499);
        }
    }

    [Theory]
    [InlineData(1, ushort.MaxValue)]
    [InlineData(2, uint.MaxValue)]
    [InlineData(2, int.MaxValue)]
    [InlineData(3, 1u << 20)]
    public void A_header_length_beyond_the_file_is_refused_before_anything_is_allocated(byte version, uint length)
    {
        byte[] bytes = [0x93, .. "NUMPY"u8, version, 0, 0, 0, 0, 0, .. "{}"u8];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), length);
        TensorFormatException refusal = Hostile.MustRefuse(folder.File("huge.npy", bytes), ReadAny);
        Assert.Contains($"{length}", refusal.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 0)]
    [InlineData(1, 1)]
    [InlineData(255, 255)]
    public void Unknown_versions_are_refused(byte major, byte minor)
    {
        byte[] bytes = GoldenFiles.NpyFloat32;
        (bytes[6], bytes[7]) = (major, minor);
        Assert.Equal($"{major}.{minor}", Hostile.MustRefuse(folder.File("v.npy", bytes), ReadAny).Found);
    }

    [Theory]
    [InlineData("", 0, "'{'")]
    [InlineData("{}", 0, "no 'descr'")]
    [InlineData("{'descr': '<f4'}", 0, "no 'fortran_order'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False}", 0, "no 'shape'")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", 4, "'descr' twice")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'shape': ()}", 4, "'shape' twice")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'extra': 1}", 4, "'extra'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': ()} x", 4, "white space")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': ()", 4, "'}'")]
    [InlineData("{'descr': '<f4' 'fortran_order': False, 'shape': ()}", 4, "'}'")]
    [InlineData("{'descr': '<f4', 'fortran_order': 0, 'shape': ()}", 4, "True or False")]
    [InlineData("{'descr': '<f4', 'fortran_order': false, 'shape': ()}", 4, "True or False")]
    [InlineData("{'descr': '<f4', 'fortran_order': Falsey, 'shape': ()}", 4, "'}'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3)}", 12, "comma")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': [3]}", 12, "'('")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': 3}", 12, "'('")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}", 12, "not negative")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3.0,)}", 12, "comma")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (,)}", 4, "dimension")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3,,)}", 12, "dimension")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3 4)}", 48, "comma")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': ((3,),)}", 12, "dimension")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,)}", 4, "63 bits")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999999,)}", 4, "63 bits")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 1073741824)}", 0, "63 bits")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (0, 4294967296, 4294967296)}", 0, "63 bits")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1073741824,)}", 4, "4294967296 bytes")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 12, "8 bytes")]
    [InlineData("{'descr': '<f3', 'fortran_order': False, 'shape': ()}", 3, "'<f3'")]
    [InlineData("{'descr': '|f4', 'fortran_order': False, 'shape': ()}", 4, "'|f4'")]
    [InlineData("{'descr': 'f4', 'fortran_order': False, 'shape': ()}", 4, "'f4'")]
    [InlineData("{'descr': '', 'fortran_order': False, 'shape': ()}", 4, "''")]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': ()}", 4, "'|O'")]
    [InlineData("{'descr': '<c8', 'fortran_order': False, 'shape': ()}", 8, "'<c8'")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}", 4, "structured")]
    [InlineData("{'descr': '<f4, 'fortran_order': False, 'shape': ()}", 4, "expected")]
    [InlineData("{'descr': '\\x3cf4', 'fortran_order': False, 'shape': ()}", 4, "escapes")]
    [InlineData("{'descr': __import__('os'), 'fortran_order': False, 'shape': ()}", 4, "quoted")]
    [InlineData("{'descr': 'größe', 'fortran_order': False, 'shape': ()}", 4, "ASCII")]
    public void A_hostile_header_is_refused_with_the_reason(string header, int dataBytes, string reason)
    {
        TensorFormatException refusal = Hostile.MustRefuse(Forge(header, dataBytes), ReadAny);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"shape\":(2L,),\"descr\":\"<f4\",\"fortran_order\":True}", 8)]
    [InlineData(" { 'descr' : '>f8' , 'fortran_order' : False , 'shape' : ( 1 , 1 , ) , } \n", 8)]
    [InlineData("{'descr': '<u1', 'fortran_order': False, 'shape': (0, 7)}", 0)]
    public void Other_spellings_of_the_same_dictionary_are_accepted(string header, int dataBytes) =>
        Assert.Null(Hostile.Read(Forge(header, dataBytes), ReadAny));

    [Fact]
    public void More_dimensions_than_numpy_has_are_refused()
    {
        string shape = string.Concat(Enumerable.Repeat("1,", 65));
        string header = $"{{'descr': '<f4', 'fortran_order': True, 'shape': ({shape})}}";
        Assert.Contains("64 dimensions", Hostile.MustRefuse(Forge(header, 4), ReadAny).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_refused_early() => Hostile.MustRefuse(Forge(new string('{', 60_000), 0), ReadAny);

    [Fact]
    public void A_boolean_that_is_neither_true_nor_false_is_refused()
    {
        byte[] bytes = GoldenFiles.NpyBool;
        bytes[^1] = 3;
        Hostile.MustRefuse(folder.File("b.npy", bytes), path => NpyFile.Read<bool>(path, out _));
    }

    private static void ReadAny(string path)
    {
        switch (NpyFile.ReadHeader(path).Type)
        {
            case ElementType.F16 or ElementType.F32 or ElementType.F64:
                NpyFile.ReadSingles(path, out _);
                break;
            case ElementType.U8:
                NpyFile.Read<byte>(path, out _);
                break;
            default:
                NpyFile.Read<int>(path, out _);
                break;
        }
    }

    private string Forge(string header, int dataBytes)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        return folder.File("forged.npy", [0x93, .. "NUMPY"u8, 1, 0, .. length, .. text, .. new byte[dataBytes]]);
    }
}
