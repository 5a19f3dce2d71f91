using Kata.Linux;
using Kata.Linux.Sockets;

namespace Kata.Hypervisors.Qemu.Virtiofs;

/// <summary>
/// The connection between QEMU and virtiofsd, made before either runs: virtiofsd accepts it whenever it gets there, and no name is left for others to connect to.
/// </summary>
internal sealed class VirtiofsdSocket : IDisposable
{
    private VirtiofsdSocket(Fd listening, Fd connected)
    {
        Listening = listening;
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
        Fd listener = UnixSockets.ListenFd(path, backlog: 1);
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
    }
}
