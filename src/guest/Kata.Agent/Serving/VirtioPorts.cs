using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Serving;

/// <summary>The ports of virtio-serial devices, by the names the VMM gave them.</summary>
internal static class VirtioPorts
{
    private const string ClassDirectory = "/sys/class/virtio-ports";
    private const string DriverDirectory = "/sys/bus/virtio/drivers/virtio_console";
    private const int MaxName = 4096;

    // The first port of the first device, which our machines have: nothing has to be listed for it.
    private const string Usual = "vport0p1";

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Whether the machine has a virtio-serial device at all.</summary>
    public static bool HasDevice()
    {
        if (Directory.Exists($"{ClassDirectory}/{Usual}"))
        {
            return true;
        }

        if (!Directory.Exists(DriverDirectory))
        {
            return false;
        }

        foreach (string entry in Directory.EnumerateDirectories(DriverDirectory))
        {
            if (Path.GetFileName(entry.AsSpan()).StartsWith("virtio", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The device node of a port; null if there is none of that name, or not yet.</summary>
    public static string? Find(string name)
    {
        if (Directory.Exists($"{ClassDirectory}/{Usual}") && ReadName($"{ClassDirectory}/{Usual}") == name)
        {
            return $"/dev/{Usual}";
        }

        if (!Directory.Exists(ClassDirectory))
        {
            return null;
        }

        foreach (string entry in Directory.EnumerateDirectories(ClassDirectory))
        {
            if (ReadName(entry) == name)
            {
                return "/dev/" + Path.GetFileName(entry);
            }
        }

        return null;
    }

    /// <summary>Waits for a port: the driver learns of its ports by messages that may come after init starts.</summary>
    /// <exception cref="KataException">DeadlineExceeded: there is no such port.</exception>
    public static Task<string> WaitAsync(string name, TimeProvider time, CancellationToken cancellationToken) => WaitAsync(name, Patience, time, cancellationToken);

    /// <summary>Waits for a port that may not be there.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">DeadlineExceeded: there is no such port.</exception>
    public static async Task<string> WaitAsync(string name, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        string? device = await Until.FoundAsync(
            () => Find(name) is { } found && File.Exists(found) ? found : null, patience, Between, time, cancellationToken).ConfigureAwait(false);
        return device ?? throw new KataException(ErrorCode.DeadlineExceeded, $"there is no virtio-serial port named {name}");
    }

    private static string? ReadName(string entry)
    {
        try
        {
            return BoundedFile.ReadText(entry + "/name", MaxName).Trim();
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ENODEV)
        {
            return null; // no name, or just unplugged
        }
    }
}
