using System.Net.Sockets;
using Kata.Linux.Paths;
using Kata.Linux.Sockets;
using Kata.Primitives;

namespace Kata.Linux.Tests.Sockets;

public sealed class UnixSocketsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Listen_PathTooLongForAnAddress_ConnectsWithMode()
    {
        string folder = Directory.CreateDirectory(_directory.Of(new string('d', 200))).FullName;
        string path = Path.Combine(folder, new string('s', 150));
        using Socket listener = UnixSockets.Listen(path, 0x1B6);
        using Fd fd = Fd.Open(folder, OpenFlags.ReadOnly);

        using Socket client = UnixSockets.Connect(path);
        using Socket server = await listener.AcceptAsync(Token);

        Assert.Equal(0x1B6U, FileAt.Status(fd, new string('s', 150)).Permissions);
        await client.SendAsync("hi"u8.ToArray(), Token);
        Assert.Equal(2, await server.ReceiveAsync(new byte[10], Token));
        PeerCredentials peer = PeerCredentials.Of(server.SafeHandle);
        Assert.Equal((Environment.ProcessId, 0U, 0U), (peer.ProcessId, peer.UserId, peer.GroupId));
        Assert.Single(DirectoryReader.Read(fd));
    }

    [Fact]
    public async Task Listen_StaleSocketThere_IsReplaced()
    {
        string path = _directory.Of("sock");
        UnixSockets.Listen(path).Dispose();
        Assert.Equal(Errno.ECONNREFUSED, Assert.Throws<LinuxException>(() => UnixSockets.Connect(path)).Errno);

        using Socket listener = UnixSockets.Listen(path);
        using Socket client = UnixSockets.Connect(path);
        using Socket server = await listener.AcceptAsync(Token);

        Assert.Single(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void Listen_DirectoryThere_FailsAndLeavesNothing()
    {
        Directory.CreateDirectory(_directory.Of("sock"));

        Assert.Throws<LinuxException>(() => UnixSockets.Listen(_directory.Of("sock")));
        Assert.Single(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void FdPassing_ThreeDescriptors_ArriveOpenAndCloseOnExec()
    {
        (Fd a, Fd b) = UnixSockets.Pair();
        using (a)
        using (b)
        {
            (Fd read, Fd write) = Fd.Pipe();
            FdPassing.Send(a, "x"u8, read, write, write);
            read.Dispose();
            write.Dispose();

            byte[] buffer = new byte[8];
            Assert.Equal(1, FdPassing.Receive(b, buffer, 3, out IReadOnlyList<Fd> received));

            Assert.Equal(3, received.Count);
            FdIo.WriteAll(received[2], "y"u8);
            Assert.Equal(1, FdIo.Read(received[0], buffer));
            string flags = File.ReadAllText($"/proc/self/fdinfo/{received[0].Value}");
            Assert.Contains("flags:\t02", flags, StringComparison.Ordinal); // O_CLOEXEC is octal 02000000
            Assert.All(received, fd => fd.Dispose());
        }
    }

    [Fact]
    public void FdPassing_MoreThanAllowed_AreAllClosed()
    {
        (Fd a, Fd b) = UnixSockets.Pair();
        using (a)
        using (b)
        {
            (Fd read, Fd write) = Fd.Pipe();
            FdPassing.Send(a, "x"u8, write, write);
            write.Dispose();

            Assert.Equal(ErrorCode.ResourceExhausted, Assert.Throws<KataException>(() => FdPassing.Receive(b, new byte[8], 1, out _)).Code);

            // All write ends are closed, so the pipe is at its end.
            Assert.Equal(0, FdIo.Read(read, new byte[1]));
            read.Dispose();
        }
    }

    [Fact]
    public async Task VsockListener_NobodyConnects_CanBeCancelled()
    {
        if (!File.Exists("/dev/vsock"))
        {
            Assert.Skip("no vsock in this kernel");
        }

        using VsockListener listener = VsockListener.Listen(new VsockAddress(VsockAddress.AnyContext, VsockAddress.AnyPort));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        ValueTask<(FdStream, VsockAddress)> accept = listener.AcceptAsync(cancel.Token);

        Assert.NotEqual(VsockAddress.AnyPort, listener.LocalAddress.Port);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accept.AsTask());
    }

    [Fact]
    public async Task VsockStream_NobodyThere_Fails()
    {
        if (!File.Exists("/dev/vsock"))
        {
            Assert.Skip("no vsock in this kernel");
        }

        await Assert.ThrowsAsync<LinuxException>(() => VsockStream.ConnectAsync(new VsockAddress(4242, 4242), Token));
    }
}
