using System.Text;

namespace Engram.Formats;

/// <summary>
/// Replaces a file whole or not at all: the new content goes to a temporary file in the same folder, is flushed to the
/// disk, and takes the name of the old file in one rename. A reader sees the old bytes or the new ones, never a mixture;
/// a failure leaves the old file as it was and no temporary file. A process killed in between can leave a file named
/// <c>.engram-*.tmp</c>, which may be deleted.
/// </summary>
public static class AtomicFile
{
    private const int BufferBytes = 1 << 16;

    // ENOSPC and EDQUOT on Unix, ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL on Windows
    private static ReadOnlySpan<int> FullDiskCodes => [28, 122, unchecked((int)0x80070027), unchecked((int)0x80070070)];

    /// <summary>Writes a file through a stream.</summary>
    /// <param name="path">The file to create or replace. Its folder must exist. A symbolic link is followed.</param>
    /// <param name="write">Writes the whole content, front to back. It must leave the stream open.</param>
    /// <exception cref="IOException">The file could not be written; the message names it and what to do.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Write(path, write, static (action, stream) => action(stream));
    }

    /// <summary>Writes a file through a stream, with a state that may be a span.</summary>
    /// <typeparam name="TState">What the writing delegate needs; ref structs are allowed.</typeparam>
    /// <param name="path">The file to create or replace. Its folder must exist. A symbolic link is followed.</param>
    /// <param name="state">Passed on to <paramref name="write"/>.</param>
    /// <param name="write">Writes the whole content, front to back. It must leave the stream open.</param>
    /// <exception cref="IOException">The file could not be written; the message names it and what to do.</exception>
    public static void Write<TState>(string path, TState state, Action<TState, Stream> write)
        where TState : allows ref struct
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string? temporary = null;
        try
        {
            string target = FollowLink(path);
            temporary = Path.Combine(Path.GetDirectoryName(target) ?? "", $".engram-{Guid.NewGuid():N}.tmp");
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes))
            {
                KeepPermissions(target, stream);
                write(state, stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception failure)
        {
            Remove(temporary);
            if (failure is IOException or UnauthorizedAccessException)
            {
                throw Explain(path, failure);
            }

            throw;
        }
    }

    /// <summary>Writes a file from bytes.</summary>
    /// <param name="path">The file to create or replace. Its folder must exist.</param>
    /// <param name="bytes">The whole content.</param>
    /// <exception cref="IOException">The file could not be written; the message names it and what to do.</exception>
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes) =>
        Write(path, bytes, static (content, stream) => stream.Write(content));

    /// <summary>Writes a file from text, as UTF-8 without a byte order mark.</summary>
    /// <param name="path">The file to create or replace. Its folder must exist.</param>
    /// <param name="text">The whole content.</param>
    /// <exception cref="IOException">The file could not be written; the message names it and what to do.</exception>
    public static void WriteAllText(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        WriteAllBytes(path, Encoding.UTF8.GetBytes(text));
    }

    private static string FollowLink(string path)
    {
        string full = Path.GetFullPath(path);
        return new FileInfo(full).LinkTarget is null
            ? full
            : File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
    }

    private static void KeepPermissions(string target, FileStream stream)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(target))
        {
            return;
        }

        UnixFileMode mode = File.GetUnixFileMode(target);

        // file systems without permissions refuse the call, and there the modes never differ
        if (File.GetUnixFileMode(stream.SafeFileHandle) != mode)
        {
            File.SetUnixFileMode(stream.SafeFileHandle, mode);
        }
    }

    private static void Remove(string? temporary)
    {
        try
        {
            if (temporary is not null)
            {
                File.Delete(temporary);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // the first failure is the one to report; what is left behind has a name that says what it is
        }
    }

    private static IOException Explain(string path, Exception failure)
    {
        string remedy = failure is DirectoryNotFoundException
            ? "Create the folder first."
            : failure is UnauthorizedAccessException
                ? "Check the permissions of the folder, and that the path is not a folder itself."
                : FullDiskCodes.Contains(failure.HResult)
                    ? "The disk is full: free some space or choose another folder."
                    : "Check that the folder exists, is writable and has space left.";
        return new IOException(
            $"write: {path}: expected to replace the file whole, found: {failure.Message} The old file, if any, is untouched. {remedy}",
            failure)
        {
            HResult = failure.HResult,
        };
    }
}
