namespace Engram.Formats;

/// <summary>
/// The stream that a tensor's provider writes to: it passes everything on and lets exactly the announced bytes through, so
/// that a provider with a mistake cannot shift the tensors after it.
/// </summary>
internal sealed class PayloadStream(Stream target, string tensor, long bytes) : Stream
{
    private long written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => written;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > bytes - written)
        {
            throw Wrong($"{written + buffer.Length} or more");
        }

        target.Write(buffer);
        written += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => target.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public void CheckComplete()
    {
        if (written != bytes)
        {
            throw Wrong($"{written}");
        }
    }

    private InvalidOperationException Wrong(string found) => new(
        $"{SafetensorsFile.Format}: tensor '{Printable.Text(tensor)}': expected its provider to write {bytes} bytes, found {found}. "
        + "The shape and element type given to Add must match what the provider writes.");
}
