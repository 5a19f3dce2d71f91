using System.Diagnostics;
using Kata.Testing.Commands;

namespace Kata.Vm.Tests.Vsock;

/// <summary>A vsock device for QEMU that needs nothing of the host: its back end is a program of ours, and the host's side a hybrid vsock.</summary>
internal sealed class VsockDevice : IAsyncDisposable
{
    /// <summary>The guest's number.</summary>
    public const uint GuestContext = 42;

    private readonly Process _process;

    private VsockDevice(Process process, string socket, string back)
    {
        _process = process;
        SocketPath = socket;
        Back = back;
    }

    /// <summary>The host's side: <c>CONNECT port</c> reaches the guest; what the guest connects to arrives at this path, '_' and the port.</summary>
    public string SocketPath { get; }

    private string Back { get; }

    /// <summary>Starts the back end.</summary>
    /// <param name="directory">Where its program and sockets go.</param>
    public static async Task<VsockDevice> StartAsync(string directory)
    {
        string program = await CompileAsync("device.c", directory);
        string back = Path.Combine(directory, "vsock-back");
        string socket = Path.Combine(directory, "vsock");
        var info = new ProcessStartInfo(program, [back, socket, $"{GuestContext}"]) { RedirectStandardOutput = true };
        Process process = Process.Start(info)!;
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        return new VsockDevice(process, socket, back);
    }

    /// <summary>Compiles a program of this directory to one that needs no libraries.</summary>
    /// <param name="source">The name of the source.</param>
    /// <param name="directory">Where it goes.</param>
    /// <returns>Its path.</returns>
    public static async Task<string> CompileAsync(string source, string directory)
    {
        string program = Path.Combine(directory, Path.GetFileNameWithoutExtension(source));
        string path = Path.Combine(AppContext.BaseDirectory, "Vsock", source);
        (await Command.RunAsync("gcc", ["-O1", "-static", "-o", program, path], null, TestContext.Current.CancellationToken)).EnsureSuccess();
        return program;
    }

    /// <summary>What QEMU needs for it; the guest's memory must be shared, <c>memory-backend=m0</c>.</summary>
    /// <param name="mebibytes">The guest's memory.</param>
    public string[] Arguments(int mebibytes) =>
    [
        "-object", $"memory-backend-memfd,id=m0,size={mebibytes}M,share=on",
        "-chardev", $"socket,id=vsock,path={Back}",
        "-device", "vhost-user-vsock-pci,disable-legacy=on,chardev=vsock,addr=0x1c",
    ];

    /// <summary>Ends it, if it has not ended with QEMU.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }
}
