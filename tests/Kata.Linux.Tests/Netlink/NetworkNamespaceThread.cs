using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Kata.Linux.Netlink;

namespace Kata.Linux.Tests.Netlink;

/// <summary>Runs a test with a netlink socket in a network namespace of its own.</summary>
internal static partial class NetworkNamespaceThread
{
    private const int NetworkNamespace = 0x40000000; // CLONE_NEWNET

    public static void Run(Action<RouteNetlink> action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Assert.Equal(0, Unshare(NetworkNamespace));
                using var netlink = new RouteNetlink();
                action(netlink);
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(60)), "the network thread hangs");
        failure?.Throw();
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);
}
