using Kata.Linux.Sockets;

namespace Kata.Agent.Serving;

/// <summary>Connections that carry a process's standard streams, those that have one. What is not taken over is closed with this object.</summary>
internal sealed class StreamConnections : IDisposable
{
    /// <summary>What the process reads; null if that comes with calls of the service.</summary>
    public FdStream? Input { get; set; }

    /// <summary>Where its output goes; null as above.</summary>
    public FdStream? Output { get; set; }

    /// <summary>Where its errors go; null as above.</summary>
    public FdStream? Error { get; set; }

    /// <summary>Takes all over.</summary>
    public (FdStream? Input, FdStream? Output, FdStream? Error) TakeAll()
    {
        (FdStream?, FdStream?, FdStream?) all = (Input, Output, Error);
        (Input, Output, Error) = (null, null, null);
        return all;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Input?.Dispose();
        Output?.Dispose();
        Error?.Dispose();
    }
}
