namespace Engram.Formats.Tests;

/// <summary>Files made outside this project by fixtures/make_fixtures.py (numpy 1.24.2); generated, not edited.</summary>
internal static class GoldenFiles
{
    public static byte[] SafetensorsModel => Convert.FromBase64String(
        "GAIAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCJ9LCIxLm51bV9iYXRjaGVzX3RyYWNrZWQiOnsiZHR5cGUiOiJJNjQiLCJzaG" +
        "FwZSI6W10sImRhdGFfb2Zmc2V0cyI6WzAsOF19LCJzY2FsZSI6eyJkdHlwZSI6IkY2NCIsInNoYXBlIjpbMSwzXSwiZGF0YV9vZmZzZXRzIjpb" +
        "OCwzMl19LCIwLndlaWdodCI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMyw0XSwiZGF0YV9vZmZzZXRzIjpbMzIsODBdfSwiMC5iaWFzIjp7Im" +
        "R0eXBlIjoiRjMyIiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbODAsOTJdfSwiZW1wdHkiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzAs" +
        "NV0sImRhdGFfb2Zmc2V0cyI6WzkyLDkyXX0sImhhbGYiOnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6WzZdLCJkYXRhX29mZnNldHMiOls5MiwxMD" +
        "RdfSwiYnJhaW4iOnsiZHR5cGUiOiJCRjE2Iiwic2hhcGUiOlsyLDJdLCJkYXRhX29mZnNldHMiOlsxMDQsMTEyXX0sIm1hc2siOnsiZHR5cGUi" +
        "OiJCT09MIiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbMTEyLDExNV19fSAgIBQamb4cAAAAGC1EVPshCUCcdQCIPOQ3/ugHAAAAAAAAAA" +
        "CwvwAAkL8AAGC/AAAgvwAAwL4AAAC+AAAAPgAAwD4AACA/AABgPwAAkD8AALA/zczMPc3MTL7IqiAAAAAAgAA+/3sBAAD8gD8gwGF/AQABAAE=");

    public static byte[] SafetensorsUnicode => Convert.FromBase64String(
        "aAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJzY2hsw7xzc2VsIjoi8J+YgCJ9LCJncsO2w59lLumHjeOBvyI6eyJkdHlwZSI6IlU4Iiwic2hhcG" +
        "UiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMCwyXX19IAf/");

    public static byte[] NpyFloat32 => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsIDQpLCB9ICAgICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAALC/AACQvwAAYL8AACC/AADAvgAAAL4AAAA+AADAPgAAID8A" +
        "AGA/AACQPwAAsD8=");

    public static byte[] NpyFloat64 => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDMpLCB9ICAgICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoYLURU+yEJQJx1AIg85Df+6AcAAAAAAAA=");

    public static byte[] NpyFloat16 => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDYsKSwgfSAgICAgICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAACAAD7/ewEAAPw=");

    public static byte[] NpyUInt8 => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDUsKSwgfSAgICAgICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAQIDBA==");

    public static byte[] NpyInt32 => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIsIDEpLCB9ICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr/////AgAAAAMAAAAAAACA");

    public static byte[] NpyInt64 => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAAAAAP7/////////AAAAAAAAAEA=");

    public static byte[] NpyBool => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAE=");

    public static byte[] NpyScalar => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAACBA");

    public static byte[] NpyEmpty => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsIDAsIDIpLCB9ICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=");

    public static byte[] NpyBigEndianFloat32 => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsIDQpLCB9ICAgICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAq/sAAAv5AAAL9gAAC/IAAAvsAAAL4AAAA+AAAAPsAAAD8gAAA/" +
        "YAAAP5AAAD+wAAA=");

    public static byte[] NpyBigEndianFloat64 => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPmY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDMpLCB9ICAgICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIApACSH7VEQtGP435DyIAHWcAAAAAAAAB+g=");

    public static byte[] NpyBigEndianInt32 => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPmk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAB/////gABEXA=");

    public static byte[] NpyFortranFloat32 => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMywgNCksIH0gICAgICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAALC/AADAvgAAID8AAJC/AAAAvgAAYD8AAGC/AAAAPgAAkD8A" +
        "ACC/AADAPgAAsD8=");

    public static byte[] NpyFortranInt16Cube => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPGkyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAwABAAQAAgAFAABAA0ABQARAAkAFQACAA4ABgASAAoAFgAD" +
        "AA8ABwATAAsAFwA=");

    public static byte[] NpyFortranBigEndianInt64 => Convert.FromBase64String(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPmk4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMywgMiksIH0gICAgICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAACAAAAAAAAAAQAAAAAAAAAAQAAAAAA" +
        "AAADAAAAAAAAAAU=");

    public static byte[] NpyVersion2 => Convert.FromBase64String(
        "k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywgNCksIH0gICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAALC/AACQvwAAYL8AACC/AADAvgAAAL4AAAA+AADAPgAAID8A" +
        "AGA/AACQPwAAsD8=");

    public static byte[] NpyVersion3 => Convert.FromBase64String(
        "k05VTVBZAwB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywgNCksIH0gICAgICAgICAgIC" +
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAALC/AACQvwAAYL8AACC/AADAvgAAAL4AAAA+AADAPgAAID8A" +
        "AGA/AACQPwAAsD8=");
}
