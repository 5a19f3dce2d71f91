using System.Net.Sockets;
using System.Text;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Linux.Sockets;

/// <summary>Stream sockets in the file system. Paths may be longer than the 107 bytes of a socket address.</summary>
public static unsafe class UnixSockets
{
    private const int MaxAddressPath = 107;
    private const int PathOffset = 2;

    /// <summary>
    /// Listens at a path. The socket appears there with its final mode and already listening, in one step that replaces whatever file or stale socket was
    /// there.
    /// </summary>
    /// <param name="path">Where; the directory must exist.</param>
    /// <param name="mode">Permission bits: who may connect.</param>
    /// <param name="backlog">Connections that may wait to be accepted.</param>
    /// <returns>The listener. Closing it leaves the file: remove it, if it is still yours.</returns>
    /// <exception cref="LinuxException">ENOENT: the directory does not exist. EISDIR: a directory is at the path.</exception>
    public static Socket Listen(string path, uint mode = 0x180, int backlog = 128) => Adopt(ListenFd(path, mode, backlog));

    /// <summary>Listens at a path, for use with <see cref="UnixListener"/> or by another process.</summary>
    /// <inheritdoc cref="Listen"/>
    public static Fd ListenFd(string path, uint mode = 0x180, int backlog = 128)
    {
        (string directory, string name) = Split(path);
        using Fd parent = Fd.Open(directory, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
        using Fd listener = SocketCalls.Create(SocketCalls.FamilyUnix, SocketCalls.Stream);
        string temporary = $".sock-{Guid.NewGuid():N}";

        // The mode of the socket limits the mode of the file that bind makes, so it is never open to more than asked for.
        Check(SocketCalls.ChangeMode(listener, mode), "fchmod", path);
        Span<byte> address = stackalloc byte[PathOffset + MaxAddressPath + 1];
        int length = FillAddress(address, $"{parent.ProcPath}/{temporary}");
        fixed (byte* start = address)
        {
            Check(SocketCalls.Bind(listener, start, (uint)length), "bind", path);
        }

        try
        {
            FileAt.ChangeMode(parent, temporary, mode); // the umask took bits off
            Check(SocketCalls.Listen(listener, backlog), "listen", path);
            FileAt.Rename(parent, temporary, parent, name);
        }
        catch
        {
            FileAt.RemoveFile(parent, temporary);
            throw;
        }

        return listener.Duplicate();
    }

    /// <summary>Connects.</summary>
    /// <param name="path">The socket.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="LinuxException">ENOENT: no such file. ECONNREFUSED: nobody listens. EAGAIN: too many wait to be accepted.</exception>
    public static Socket Connect(string path)
    {
        using Fd socket = ConnectFd(path);
        return Adopt(socket.Duplicate());
    }

    /// <summary>Connects, for use with <see cref="FdStream"/> or <see cref="FdPassing"/>.</summary>
    /// <inheritdoc cref="Connect"/>
    public static Fd ConnectFd(string path)
    {
        (string directory, string name) = Split(path);
        using Fd parent = Fd.Open(directory, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);

        // Non-blocking: a full backlog answers EAGAIN instead of hanging the caller. Otherwise unix sockets connect at once.
        Fd socket = SocketCalls.Create(SocketCalls.FamilyUnix, SocketCalls.Stream | SocketCalls.NonBlocking);
        try
        {
            // Through an O_PATH descriptor of the file, as its name may be longer than an address.
            using Fd file = Fd.Open($"{parent.ProcPath}/{name}", OpenFlags.Path);
            Span<byte> address = stackalloc byte[PathOffset + MaxAddressPath + 1];
            int length = FillAddress(address, file.ProcPath);
            fixed (byte* start = address)
            {
                Check(SocketCalls.Connect(socket, start, (uint)length), "connect", path);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Two connected sockets.</summary>
    /// <exception cref="LinuxException">EMFILE, ENFILE: a descriptor limit is reached.</exception>
    public static (Fd First, Fd Second) Pair()
    {
        int* ends = stackalloc int[2];
        return SocketCalls.SocketPair(SocketCalls.FamilyUnix, SocketCalls.Stream | SocketCalls.CloseOnExec, 0, ends) == 0
            ? (new Fd(ends[0]), new Fd(ends[1]))
            : throw LinuxException.FromLastError("socketpair");
    }

    /// <summary>Makes a <see cref="Socket"/> of a descriptor, such as an inherited listener.</summary>
    /// <param name="socket">The descriptor; taken over.</param>
    public static Socket Adopt(Fd socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return new Socket(new SafeSocketHandle(socket.Release(), ownsHandle: true));
    }

    private static (string Directory, string Name) Split(string path)
    {
        string full = Path.GetFullPath(NativePath.Require(path));
        return (Path.GetDirectoryName(full) ?? throw KataException.Invalid($"'{path}' cannot be a socket"), Path.GetFileName(full));
    }

    private static int FillAddress(Span<byte> address, string path)
    {
        if (Encoding.UTF8.GetByteCount(path) > MaxAddressPath)
        {
            throw KataException.Invalid($"socket address {Printable.Escape(path, 256)} is longer than {MaxAddressPath} bytes");
        }

        address.Clear();
        address[0] = SocketCalls.FamilyUnix;
        return PathOffset + Encoding.UTF8.GetBytes(path, address[PathOffset..]) + 1;
    }

    private static void Check(int result, string call, string path)
    {
        if (result != 0)
        {
            throw LinuxException.FromLastError(call, path);
        }
    }
}
