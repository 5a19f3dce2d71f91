using System.Globalization;
using System.Text;
using Kata.Primitives;

namespace Kata.AgentClient;

/// <summary>Where an agent listens.</summary>
/// <param name="Transport">How to get there.</param>
/// <param name="Path">Path of a unix socket; an abstract name begins with <c>@</c>. Empty for vsock.</param>
/// <param name="ContextId">The VM's vsock context id; 0 for other transports.</param>
/// <param name="Port">The vsock port; 0 where there is none.</param>
public sealed record AgentAddress(AgentTransport Transport, string Path, uint ContextId, uint Port)
{
    /// <summary>The port agents listen on.</summary>
    public const uint DefaultPort = 1024;

    /// <summary>sun_path holds 108 bytes with the zero at its end.</summary>
    private const int MaxPathBytes = 107;

    /// <summary>Reads an address: <c>vsock://3:1024</c>, <c>hvsock:///run/vm/v.sock:1024</c>, <c>virtio-serial:///run/vm/agent.sock</c>,
    /// <c>unix:///run/a.sock</c>, <c>unix://@name</c>; <c>mock://</c> means unix.</summary>
    /// <exception cref="KataException">InvalidArgument: the text is no such address.</exception>
    public static AgentAddress Parse(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        int separator = address.IndexOf("://", StringComparison.Ordinal);
        string scheme = separator < 0 ? "" : address[..separator];
        string rest = separator < 0 ? "" : address[(separator + 3)..];
        switch (scheme)
        {
            case "vsock":
                (string cid, uint vsockPort) = SplitPort(address, rest);
                return new AgentAddress(AgentTransport.Vsock, "", ParseContextId(address, cid), vsockPort);
            case "hvsock":
                (string path, uint port) = SplitPort(address, rest);
                return new AgentAddress(AgentTransport.HybridVsock, CheckPath(address, path), 0, port);
            case "virtio-serial":
                return new AgentAddress(AgentTransport.VirtioSerial, CheckPath(address, rest), 0, 0);
            case "unix" or "mock":
                return new AgentAddress(AgentTransport.Unix, CheckPath(address, rest), 0, 0);
            default:
                throw Invalid(address, "expected vsock://, hvsock://, virtio-serial://, unix:// or mock://");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Transport switch
    {
        AgentTransport.Vsock => string.Create(CultureInfo.InvariantCulture, $"vsock://{ContextId}:{Port}"),
        AgentTransport.HybridVsock => string.Create(CultureInfo.InvariantCulture, $"hvsock://{Path}:{Port}"),
        AgentTransport.VirtioSerial => $"virtio-serial://{Path}",
        _ => $"unix://{Path}",
    };

    private static (string Head, uint Port) SplitPort(string address, string rest)
    {
        int colon = rest.LastIndexOf(':');
        return colon >= 0 && uint.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out uint port)
            && port is not (0 or uint.MaxValue)
            ? (rest[..colon], port)
            : throw Invalid(address, "expected a port after the last colon");
    }

    private static uint ParseContextId(string address, string cid) =>
        uint.TryParse(cid, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id is not (0 or uint.MaxValue)
            ? id
            : throw Invalid(address, "expected a context id before the colon");

    private static string CheckPath(string address, string path)
    {
        bool named = path.StartsWith('/') || (path.StartsWith('@') && path.Length > 1);
        if (!named || path.Contains('\0', StringComparison.Ordinal))
        {
            throw Invalid(address, "expected an absolute path, or @ and a name");
        }

        return Encoding.UTF8.GetByteCount(path) <= MaxPathBytes
            ? path
            : throw Invalid(address, $"a socket path has at most {MaxPathBytes} bytes");
    }

    private static KataException Invalid(string address, string expected) =>
        KataException.Invalid($"agent address \"{Printable.Escape(address, 200)}\": {expected}");
}
