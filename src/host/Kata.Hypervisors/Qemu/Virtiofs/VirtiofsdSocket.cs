using System.Net.Sockets;
using Kata.Linux;
using Kata.Linux.Sockets;

namespace Kata.Hypervisors.Qemu.Virtiofs;

/// <summary>
/// The connection between QEMU and virtiofsd, made before either runs: virtiofsd accepts it whenever it gets there, and no name is left for others to connect to.
/// </summary>
internal sealed class VirtiofsdSocket : IDisposable
{
    private readonly Socket _listener;

    private VirtiofsdSocket(Socket listener, Fd connected)
    {
        _listener = listener;
        Listening = new Fd((int)listener.Handle, owns: false);
        Connected = connected;
    }

    /// <summary>For virtiofsd.</summary>
    public Fd Listening { get; }

    /// <summary>For QEMU.</summary>
    public Fd Connected { get; }

    /// <summary>Makes the connection.</summary>
    /// <param name="directory">Where the socket has a name for a moment; nobody else may reach into it.</param>
    /// <param name="name">A file name that is free.</param>
    public static VirtiofsdSocket Create(string directory, string name)
    {
        string path = Path.Combine(directory, name);
        Socket listener = UnixSockets.Listen(path, backlog: 1);
        try
        {
            return new VirtiofsdSocket(listener, UnixSockets.ConnectFd(path));
        }
        catch
        {
            listener.Dispose();
            throw;
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Connected.Dispose();
        Listening.Dispose();
        _listener.Dispose();
    }
}
