using Google.Protobuf;
using Kata.Agent.Guest;
using Kata.Linux.Processes;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.Agent.Network;

/// <summary>The packet filter of the guest, read and written with the iptables programs of the guest image. One change at a time. Safe for concurrent use.</summary>
internal sealed class PacketFilter(GuestTool tools) : IDisposable
{
    private const int MaxRules = 3 * 1024 * 1024; // a message has at most 4 MiB
    private static readonly ToolLimits Limits = new(TimeSpan.FromSeconds(20), MaxRules);

    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>The rules of all tables, in the form of iptables-save.</summary>
    /// <exception cref="KataException">Unsupported: the guest image has no such program. FailedPrecondition: it failed; the message has its words.</exception>
    public async Task<GetIPTablesResponse> ReadAsync(GetIPTablesRequest request, CancellationToken cancellationToken) =>
        new() { Data = await RunAsync(request.IsIpv6 ? "ip6tables-save" : "iptables-save", [], default, cancellationToken).ConfigureAwait(false) };

    /// <summary>Replaces the tables that the rules name.</summary>
    /// <exception cref="KataException">
    /// InvalidArgument: there are no rules, or too many. Unsupported: the guest image has no such program. FailedPrecondition: it refused the rules; the message
    /// has its words.
    /// </exception>
    public async Task<SetIPTablesResponse> WriteAsync(SetIPTablesRequest request, CancellationToken cancellationToken)
    {
        if (request.Data.IsEmpty || request.Data.Length > MaxRules)
        {
            throw KataException.Invalid($"{request.Data.Length} bytes of rules; give 1 to {MaxRules}");
        }

        // Somebody in the guest may hold the lock for a moment.
        string name = request.IsIpv6 ? "ip6tables-restore" : "iptables-restore";
        return new SetIPTablesResponse { Data = await RunAsync(name, ["--wait", "5"], request.Data.Memory, cancellationToken).ConfigureAwait(false) };
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<ByteString> RunAsync(string name, string[] arguments, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        string path = GuestTool.Require(name, "the packet filter cannot be read or changed");
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            (ExitStatus status, byte[] output, string errors) = await tools.RunAsync(path, arguments, input, Limits, cancellationToken).ConfigureAwait(false);
            return status.ShellCode == 0
                ? ByteString.CopyFrom(output)
                : throw new KataException(ErrorCode.FailedPrecondition, $"{path} failed with {status.ShellCode}: {errors}");
        }
        finally
        {
            _gate.Release();
        }
    }
}
