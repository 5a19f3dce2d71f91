using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Kata.Linux.Mounts;

namespace Kata.Linux.Tests;

/// <summary>Runs a test's mounting part on a thread of its own in a mount namespace of its own, which ends with it.</summary>
internal static partial class MountNamespaceThread
{
    private const int FileSystemAttributes = 0x200; // CLONE_FS
    private const int MountNamespace = 0x20000; // CLONE_NEWNS

    public static void Run(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Assert.Equal(0, Unshare(FileSystemAttributes | MountNamespace));
                Mount.SetPropagation("/", MountFlags.Private | MountFlags.Recursive);
                action();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(60)), "the mounting thread hangs");
        failure?.Throw();
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);
}
