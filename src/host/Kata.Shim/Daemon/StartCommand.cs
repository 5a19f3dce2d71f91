using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Primitives;
using Kata.Shim.CommandLine;

namespace Kata.Shim.Daemon;

/// <summary>The action <c>start</c>: finds or makes the shim of a task's pod and returns its address.</summary>
internal static class StartCommand
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Runs it in the bundle.</summary>
    /// <returns>The address to print.</returns>
    public static async Task<string> RunAsync(ShimFlags flags, string bundle)
    {
        PodMembership membership = PodMembership.OfBundle(flags.Id, bundle);
        string address = ShimAddress.Of(flags, membership.SandboxId);
        string path = ShimAddress.PathOf(address)!;
        if (membership.Role != PodRole.PodContainer && !Answers(path))
        {
            await LaunchAsync(flags, bundle, path).ConfigureAwait(false);
        }

        AddressFile.Write(bundle, address);
        return address;
    }

    /// <summary>Whether a shim listens at a path. The socket of a dead one is in nobody's use.</summary>
    public static bool Answers(string path)
    {
        try
        {
            using Fd probe = UnixSockets.ConnectFd(path);
            return true;
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ECONNREFUSED)
        {
            return false;
        }
    }

    private static async Task LaunchAsync(ShimFlags flags, string bundle, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly);
        using Fd listener = UnixSockets.ListenFd(path);
        try
        {
            DaemonLauncher.WritePid(bundle, await DaemonLauncher.StartAsync(flags, listener).ConfigureAwait(false));
        }
        catch (KataException)
        {
            File.Delete(path);
            throw;
        }
    }
}
