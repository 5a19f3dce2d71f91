using System.Globalization;
using Kata.Agent.Boot;
using Kata.Linux.Sockets;
using Kata.Primitives;

namespace Kata.Agent.Serving;

/// <summary>One place to serve ttRPC at.</summary>
internal abstract record AgentAddress
{
    /// <summary>The port of the agent's ttRPC server on vsock.</summary>
    public const uint DefaultVsockPort = 1024;

    /// <summary>The name of the virtio-serial port that carries the agent's ttRPC.</summary>
    public const string DefaultSerialPort = "org.kata-containers.agent.0";

    private AgentAddress()
    {
    }

    /// <summary>Reads <c>vsock://CID:PORT</c>, <c>unix://PATH</c>, <c>unix://@NAME</c> (abstract) or <c>virtio-serial://NAME</c>.</summary>
    /// <exception cref="KataException">InvalidArgument: none of these.</exception>
    public static AgentAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Rest(text, "vsock://") is { } vsock)
        {
            return ParseVsock(text, vsock);
        }

        if (Rest(text, "unix://") is { Length: > 0 and < 108 } path)
        {
            return new Unix(path);
        }

        if (Rest(text, "virtio-serial://") is { Length: > 0 and < 256 } name && !name.Contains('/', StringComparison.Ordinal))
        {
            return new VirtioSerial(name);
        }

        throw Bad(text);
    }

    /// <summary>Where the agent listens on another vsock port than that of ttRPC: for this machine itself if ttRPC is, which is for development, else for the host.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="port">The port.</param>
    /// <exception cref="KataException">InvalidArgument: the address of ttRPC makes no sense.</exception>
    public static VsockAddress OnVsock(AgentOptions options, uint port) => options.ServerAddress is { } address && Parse(address) is Vsock { Cid: VsockAddress.LocalContext }
        ? new VsockAddress(VsockAddress.LocalContext, port)
        : new VsockAddress(VsockAddress.AnyContext, port);

    private static Vsock ParseVsock(string text, string rest)
    {
        int colon = rest.LastIndexOf(':');
        if (colon < 0 || !uint.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out uint port))
        {
            throw Bad(text);
        }

        if (rest.AsSpan(0, colon) is "-1")
        {
            return new Vsock(uint.MaxValue, port);
        }

        return uint.TryParse(rest.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out uint cid) ? new Vsock(cid, port) : throw Bad(text);
    }

    private static string? Rest(string text, string scheme) => text.StartsWith(scheme, StringComparison.Ordinal) ? text[scheme.Length..] : null;

    private static KataException Bad(string text) =>
        KataException.Invalid($"agent address '{Printable.Escape(text, 128)}': use vsock://CID:PORT, unix://PATH, unix://@NAME or virtio-serial://PORT-NAME");

    /// <summary>A vsock listener.</summary>
    /// <param name="Cid">The context id to bind; <see cref="uint.MaxValue"/> is any.</param>
    /// <param name="Port">The port.</param>
    internal sealed record Vsock(uint Cid, uint Port) : AgentAddress;

    /// <summary>A unix socket listener.</summary>
    /// <param name="Path">A file system path, or '@' and an abstract name.</param>
    internal sealed record Unix(string Path) : AgentAddress;

    /// <summary>A virtio-serial port, which is one connection by itself.</summary>
    /// <param name="PortName">The name the VMM gave to the port.</param>
    internal sealed record VirtioSerial(string PortName) : AgentAddress;
}
