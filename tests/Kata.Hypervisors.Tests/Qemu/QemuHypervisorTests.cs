using Kata.Configuration;
using Kata.Hypervisors.Devices;
using Kata.Hypervisors.Qemu;
using Kata.Linux.Processes;
using Kata.Primitives;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Hypervisors.Tests.Qemu;

/// <summary>What goes wrong before a guest runs. The programs are shell scripts, so no QEMU is needed.</summary>
public sealed class QemuHypervisorTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private readonly string _root = Directory.CreateTempSubdirectory("kata-qemu-").FullName;
    private readonly LauncherThread _launcher = new("test launcher");
    private readonly QemuConfiguration _configuration;
    private readonly VmSpec _spec;

    public QemuHypervisorTests()
    {
        string kernel = Write("vmlinux", "kernel");
        string initrd = Write("initrd", "initrd");
        Directory.CreateDirectory(Path.Combine(_root, "share"));
        _configuration = Settings.Default with
        {
            Path = Script("qemu", "exec sleep 1000"),
            SharedFiles = Settings.Default.SharedFiles with { VirtioFsDaemon = Script("virtiofsd", "[ \"$1\" = --help ] && echo '-o source=PATH' && exit; exec sleep 1000") },
        };
        _spec = Settings.Machine with { Directory = Path.Combine(_root, "vm", "sb1"), Kernel = kernel, Initrd = initrd };
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _launcher.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Theory]
    [InlineData("kernel", "vmlinux")]
    [InlineData("initrd", "initrd")]
    [InlineData("path", "qemu")]
    [InlineData("virtio_fs_daemon", "virtiofsd")]
    public async Task PrepareAsync_FileIsMissing_NamesPathAndKeyAndLeavesNothing(string key, string file)
    {
        File.Delete(Path.Combine(_root, file));

        await AssertRefusedAsync(WithShare(), _configuration, ErrorCode.NotFound, Path.Combine(_root, file), $"hypervisor.qemu.{key}");
    }

    [Theory]
    [InlineData("kernel", "vmlinux")]
    [InlineData("path", "qemu")]
    public async Task PrepareAsync_FileIsEmpty_NamesPathAndKey(string key, string file)
    {
        File.WriteAllText(Path.Combine(_root, file), string.Empty);

        await AssertRefusedAsync(_spec, _configuration, ErrorCode.InvalidArgument, file, $"hypervisor.qemu.{key}");
    }

    [Fact]
    public async Task PrepareAsync_KernelIsADirectory_SaysSo()
    {
        await AssertRefusedAsync(_spec with { Kernel = _root }, _configuration, ErrorCode.InvalidArgument, "is a directory", "hypervisor.qemu.kernel");
    }

    [Fact]
    public async Task PrepareAsync_QemuIsNotExecutable_NamesTheKey()
    {
        await AssertRefusedAsync(_spec, _configuration with { Path = _spec.Kernel }, ErrorCode.PermissionDenied, "is not executable", "hypervisor.qemu.path");
    }

    [Fact]
    public async Task PrepareAsync_QemuIsNoProgram_NamesTheKeyAndLeavesNothing()
    {
        string path = Path.Combine(_root, "qemu");
        File.WriteAllBytes(path, [0x7f, (byte)'E', (byte)'L', (byte)'F', 0, 0, 0, 0]);

        KataException error = await Assert.ThrowsAsync<KataException>(() => PrepareAsync(_spec, _configuration));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("hypervisor.qemu.path", error.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(_spec.Directory));
    }

    [Fact]
    public async Task PrepareAsync_WrongHash_IsRefused()
    {
        QemuConfiguration configuration = _configuration with
        {
            Assets = _configuration.Assets with { Hashes = new Dictionary<string, string> { ["kernel"] = new string('0', 128) } },
        };

        await AssertRefusedAsync(_spec, configuration, ErrorCode.InvalidArgument, "SHA-512", "hypervisor.qemu.kernel");
    }

    [Fact]
    public async Task PrepareAsync_OtherMachineType_IsUnsupportedByKey()
    {
        await AssertRefusedAsync(_spec, _configuration with { MachineType = "microvm" }, ErrorCode.Unsupported, "microvm", "hypervisor.qemu.machine_type");
    }

    [Fact]
    public async Task PrepareAsync_BothInitrdAndImage_IsRefused()
    {
        await AssertRefusedAsync(_spec with { Image = _spec.Kernel }, _configuration, ErrorCode.InvalidArgument, "hypervisor.qemu.image");
    }

    [Fact]
    public async Task PrepareAsync_DirectoryExists_IsRefusedAndLeftAlone()
    {
        Directory.CreateDirectory(_spec.Directory);

        KataException error = await Assert.ThrowsAsync<KataException>(() => PrepareAsync(_spec, _configuration));

        Assert.Equal(ErrorCode.AlreadyExists, error.Code);
        Assert.True(Directory.Exists(_spec.Directory));
    }

    [Theory]
    [InlineData("x,y")]
    [InlineData("")]
    [InlineData("0abc")]
    [InlineData("agent")]
    public async Task PrepareAsync_BadDeviceId_IsRefused(string id)
    {
        VmSpec spec = _spec with
        {
            Devices = [.. _spec.Devices, new EntropyDevice(id)],
            Backends = new Dictionary<string, DeviceBackend> { [id] = new FileBackend("/dev/urandom") },
        };

        await AssertRefusedAsync(spec, _configuration, ErrorCode.InvalidArgument, "device id");
    }

    [Fact]
    public async Task PrepareAsync_UnknownVirtiofsd_IsUnsupportedAndQemuIsEnded()
    {
        Script("virtiofsd", "echo something else");

        await AssertRefusedAsync(WithShare(), _configuration, ErrorCode.Unsupported, "neither the C nor the Rust", "hypervisor.qemu.virtio_fs_daemon");
    }

    [Fact]
    public async Task StartAsync_QemuEndsAtOnce_TellsStatusAndStderr()
    {
        Script("qemu", "echo 'qemu: \u001b[31mno such thing' >&2; exit 3");

        KataException error = await StartFailsAsync();

        Assert.Equal(ErrorCode.Unavailable, error.Code);
        Assert.Contains("qemu ended with exit code 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("\\u001b[31mno such thing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_QemuNeverAnswers_FailsAtTheBootDeadline()
    {
        KataException error = await StartFailsAsync(_configuration with { BootTimeout = TimeSpan.FromMilliseconds(300) });

        Assert.Equal(ErrorCode.DeadlineExceeded, error.Code);
        Assert.Contains("did not run the guest within 0.3 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_QemuTalksNonsense_Fails()
    {
        // The console's and the monitor's sockets are descriptors 5 and 4.
        Script("qemu", "echo 'Kernel panic - not syncing: x' >&5; echo nonsense >&4; exec sleep 1000");

        KataException error = await StartFailsAsync();

        Assert.Equal(ErrorCode.Unavailable, error.Code);
        Assert.Contains("Kernel panic - not syncing: x", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exited_VirtiofsdEnds_EndsQemuAndBlamesVirtiofsd()
    {
        Script("virtiofsd", "[ \"$1\" = --help ] && echo '-o source=PATH' && exit; echo 'no such tag' >&2; exit 7");
        await using IVirtualMachine machine = await PrepareAsync(WithShare(), _configuration);

        VmExit exit = await machine.Exited.WaitAsync(Soon, Cancelled);

        Assert.Equal("virtiofsd ended with exit code 7, and the machine cannot go on without it", exit.Reason);
        Assert.False(exit.Requested);
        Assert.Contains("no such tag", machine.Explain("x"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DisposeAsync_NeverStarted_EndsEverything()
    {
        IVirtualMachine machine = await PrepareAsync(WithShare(), _configuration);
        int[] processes = [machine.ProcessId, .. machine.HelperProcessIds];
        Assert.All(processes, p => Assert.True(Directory.Exists($"/proc/{p}")));

        await machine.DisposeAsync();
        await machine.DisposeAsync();

        Assert.True((await machine.Exited).Requested);
        Assert.All(processes, p => Assert.False(Directory.Exists($"/proc/{p}")));
        Assert.False(Path.Exists(_spec.Directory));
    }

    [Fact]
    public async Task StartAsync_Twice_IsRefused()
    {
        await using IVirtualMachine machine = await PrepareAsync(_spec, _configuration with { BootTimeout = TimeSpan.FromMilliseconds(50) });
        await Assert.ThrowsAsync<KataException>(() => machine.StartAsync(Cancelled));

        KataException error = await Assert.ThrowsAsync<KataException>(() => machine.StartAsync(Cancelled));

        Assert.Equal(ErrorCode.FailedPrecondition, error.Code);
    }

    [Fact]
    public async Task Launcher_Ends_TakesQemuAndVirtiofsdWithIt()
    {
        var launcher = new LauncherThread("short");
        await using IVirtualMachine machine = await new QemuHypervisor(_configuration, NullLogger.Instance).PrepareAsync(WithShare(), launcher, Cancelled);

        launcher.Dispose();

        Assert.Equal(9, (await machine.Exited.WaitAsync(Soon, Cancelled)).Status.Signal);
    }

    private Task<IVirtualMachine> PrepareAsync(VmSpec spec, QemuConfiguration configuration) =>
        new QemuHypervisor(configuration, NullLogger.Instance).PrepareAsync(spec, _launcher, Cancelled);

    private async Task<KataException> StartFailsAsync(QemuConfiguration? configuration = null)
    {
        await using IVirtualMachine machine = await PrepareAsync(_spec, configuration ?? _configuration);
        return await Assert.ThrowsAsync<KataException>(() => machine.StartAsync(Cancelled).WaitAsync(Soon, Cancelled));
    }

    private async Task AssertRefusedAsync(VmSpec spec, QemuConfiguration configuration, ErrorCode code, params string[] words)
    {
        KataException error = await Assert.ThrowsAsync<KataException>(() => PrepareAsync(spec, configuration));

        Assert.Equal(code, error.Code);
        Assert.All(words, w => Assert.Contains(w, error.Message, StringComparison.Ordinal));
        Assert.False(Path.Exists(spec.Directory));
    }

    private VmSpec WithShare() => _spec with
    {
        Devices = [.. _spec.Devices, new SharedDirectory("share", "kataShared", SharedDirectoryKind.VirtioFs)],
        Backends = new Dictionary<string, DeviceBackend> { ["share"] = new DirectoryBackend(Path.Combine(_root, "share")) },
    };

    private string Script(string name, string body)
    {
        string path = Write(name, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_root, name);
        File.WriteAllText(path, text);
        return path;
    }
}
