namespace Engram.Formats.Tests;

/// <summary>Passes bytes on until its disk is full, then fails as the operating system does.</summary>
internal sealed class FullDiskStream(Stream target, long room) : Stream
{
    private const int NoSpaceLeft = 28;
    private long left = room;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        target.Write(buffer[..(int)Math.Min(left, buffer.Length)]);
        left -= buffer.Length;
        if (left < 0)
        {
            throw new IOException("No space left on device.", NoSpaceLeft);
        }
    }

    public override void Flush() => target.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
