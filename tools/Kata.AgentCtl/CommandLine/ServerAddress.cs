using Kata.AgentClient;
using Kata.Primitives;

namespace Kata.AgentCtl.CommandLine;

/// <summary>The agent's address from the options that describe it.</summary>
internal static class ServerAddress
{
    /// <summary>Reads it.</summary>
    /// <param name="text">As <see cref="AgentAddress.Parse"/> takes it.</param>
    /// <param name="hybrid">Whether a unix address is the host's side of a hybrid vsock.</param>
    /// <param name="port">The vsock port of a hybrid vsock; null for the agent's usual one.</param>
    /// <exception cref="KataException">InvalidArgument: it is no address, or the options contradict each other.</exception>
    public static AgentAddress Parse(string text, bool hybrid, uint? port)
    {
        AgentAddress address = AgentAddress.Parse(text);
        if (!hybrid)
        {
            return port is null ? address : throw KataException.Invalid("--hybrid-vsock-port needs --hybrid-vsock");
        }

        if (address.Transport != AgentTransport.Unix || address.Path.StartsWith('@'))
        {
            throw KataException.Invalid($"--hybrid-vsock needs the path of a unix socket: --server-address unix:///PATH, not {address}");
        }

        return address with { Transport = AgentTransport.HybridVsock, Port = port ?? AgentAddress.DefaultPort };
    }
}
