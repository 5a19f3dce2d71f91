using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Kata.Ttrpc.Tests;

/// <summary>Connects as the user nobody. The kernel's credentials belong to threads: a thread of its own changes and ends.</summary>
internal static partial class OtherUser
{
    private const nint Nobody = 65534;

    private static nint SetResUid => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 147 : 117;

    public static Socket Connect(UnixDomainSocketEndPoint address)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                // The raw call: libc's setresuid would change every thread.
                Assert.Equal(0, SystemCall(SetResUid, Nobody, Nobody, Nobody));
                socket.Connect(address);
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return socket;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint real, nint effective, nint saved);
}
