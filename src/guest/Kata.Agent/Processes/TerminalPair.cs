using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Linux.Terminals;
using Kata.Protocols.Oci;

namespace Kata.Agent.Processes;

/// <summary>Both sides of a pseudo-terminal.</summary>
/// <param name="Master">The agent's side.</param>
/// <param name="Slave">The process's side.</param>
internal sealed record TerminalPair(Fd Master, Fd Slave) : IDisposable
{
    /// <summary>Makes a terminal in a container's own devpts, so that it has a name there; in the guest's if the container has none.</summary>
    public static TerminalPair Open(ConfinedDirectory root, Box? size)
    {
        using Fd? devpts = root.TryOpen("/dev/pts", OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
        PseudoTerminal terminal = devpts is not null && FileAt.Status(devpts).IsMountRoot && HasMultiplexer(devpts)
            ? PseudoTerminal.Open(devpts)
            : PseudoTerminal.Open();
        try
        {
            if (size is { Height: > 0, Width: > 0 })
            {
                terminal.Resize((ushort)Math.Min(size.Height, ushort.MaxValue), (ushort)Math.Min(size.Width, ushort.MaxValue));
            }

            return new TerminalPair(terminal.Master, terminal.OpenSlave());
        }
        catch
        {
            terminal.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Master.Dispose();
        Slave.Dispose();
    }

    // What is mounted there is the container's choice: only the real multiplexer is opened, as opening other devices can have effects.
    private static bool HasMultiplexer(Fd devpts) =>
        FileAt.TryStatus(devpts, "ptmx") is { Kind: FileKind.CharacterDevice } status && status.Represents == new DeviceNumber(5, 2);
}
