using System.Buffers.Binary;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Linux.Events;

/// <summary>Watches files and directories for changes.</summary>
public sealed class Inotify : IDisposable
{
    private const int HeaderSize = 16; // struct inotify_event: watch 4, mask 4, cookie 4, length 4, then the name
    private const int BufferSize = 4096;

    private readonly PolledFd _polled;
    private readonly byte[] _buffer = new byte[BufferSize];

    /// <summary>Makes one without watches.</summary>
    /// <exception cref="LinuxException">EMFILE: the limit of instances (fs.inotify.max_user_instances) is reached.</exception>
    public Inotify()
    {
        int fd = PollCalls.InotifyInit(PollCalls.CloseOnExec | PollCalls.NonBlocking);
        _polled = new PolledFd(fd >= 0 ? new Fd(fd) : throw LinuxException.FromLastError("inotify_init1"));
    }

    /// <summary>Begins to watch, or changes what a watch is for.</summary>
    /// <param name="path">The file or directory.</param>
    /// <param name="mask">What for.</param>
    /// <returns>The watch's number.</returns>
    /// <exception cref="LinuxException">ENOENT: no such file. ENOSPC: the limit of watches is reached.</exception>
    public int Add(string path, InotifyMask mask)
    {
        int watch = PollCalls.InotifyAddWatch(_polled.Fd, NativePath.Require(path), (uint)mask);
        return watch >= 0 ? watch : throw LinuxException.FromLastError("inotify_add_watch", path);
    }

    /// <summary>Stops to watch. No error if the watch is gone with its object.</summary>
    public void Remove(int watch)
    {
        if (PollCalls.InotifyRemoveWatch(_polled.Fd, watch) != 0 && LinuxException.LastErrno() is var error and not Errno.EINVAL)
        {
            throw new LinuxException("inotify_rm_watch", error, watch);
        }
    }

    /// <summary>Waits for events. One call at a time.</summary>
    /// <returns>At least one.</returns>
    /// <exception cref="ObjectDisposedException">It was disposed meanwhile.</exception>
    public async ValueTask<IReadOnlyList<InotifyEvent>> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            uint seen = _polled.ReadEdges;
            Errno error = FdIo.TryRead(_polled.Fd, _buffer, out int length);
            if (error == 0)
            {
                return Parse(_buffer.AsSpan(0, length));
            }

            if (error != Errno.EAGAIN)
            {
                throw new LinuxException("read", error, "inotify");
            }

            await _polled.WaitReadableAsync(seen, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _polled.Dispose();

    internal static List<InotifyEvent> Parse(ReadOnlySpan<byte> bytes)
    {
        var events = new List<InotifyEvent>();
        while (bytes.Length >= HeaderSize)
        {
            uint nameLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
            if (nameLength > bytes.Length - HeaderSize)
            {
                throw new KataException(ErrorCode.Internal, "an inotify event is cut off");
            }

            ReadOnlySpan<byte> name = bytes.Slice(HeaderSize, (int)nameLength);
            int end = name.IndexOf((byte)0);
            events.Add(new InotifyEvent(
                BinaryPrimitives.ReadInt32LittleEndian(bytes),
                (InotifyMask)BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
                KernelText.Decode(end < 0 ? name : name[..end])));
            bytes = bytes[(HeaderSize + (int)nameLength)..];
        }

        return events;
    }
}
