using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Kata.Configuration;
using Kata.Hypervisors;
using Kata.Hypervisors.Devices;
using Kata.Hypervisors.Qemu;
using Kata.Linux.Processes;
using Kata.Linux.Sockets;
using Kata.Primitives;
using Kata.Testing.Builds;
using Kata.Vm.Tests.Guests;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Vm.Tests.Machines;

/// <summary>
/// A real machine with our kernel and, as init, a shell script of the test's. The script finds the agent channel open as descriptor 3. Every wait has a
/// deadline; what the guest said is in the test's output.
/// </summary>
internal sealed class BusyboxGuest : IAsyncDisposable
{
    private const string Preamble = """
        #!/bin/busybox sh
        export PATH=/bin
        busybox mount -t proc proc /proc
        busybox mount -t sysfs sysfs /sys
        busybox mount -t devtmpfs dev /dev
        for port in /sys/class/virtio-ports/*; do
          [ "$(busybox cat $port/name)" = org.kata-containers.agent.0 ] && exec 3<>/dev/${port##*/}
        done

        """;

    private static readonly TimeSpan BootDeadline = TimeSpan.FromSeconds(90);
    private readonly string _root = Directory.CreateTempSubdirectory("kata-vm-").FullName;
    private readonly LauncherThread _launcher = new("test launcher");
    private StreamReader? _channel;

    public BusyboxGuest(string script)
    {
        Share = Directory.CreateDirectory(Path.Combine(_root, "share")).FullName;
        string initrd = Path.Combine(_root, "initrd");
        var archive = new CpioArchive();
        foreach (string directory in (string[])["bin", "dev", "proc", "sys", "mnt"])
        {
            archive.Directory(directory);
        }

        archive.CharacterDevice("dev/console", 5, 1)
            .File("bin/busybox", File.ReadAllBytes("/bin/busybox"), executable: true)
            .File("init", Encoding.UTF8.GetBytes(Preamble + script), executable: true)
            .WriteTo(initrd);
        Spec = new VmSpec
        {
            Id = "test-machine",
            Directory = Path.Combine(_root, "vm"),
            Kernel = BuildOutput.Kernel,
            Initrd = initrd,
            Vcpus = 1,
            Memory = ByteSize.FromMebibytes(256),
            Devices = [new AgentChannel("agent", AgentChannelKind.VirtioSerial)],
        };
    }

    /// <summary>The host directory behind the tag <c>kataShared</c>, if the test asks for one.</summary>
    public string Share { get; }

    /// <summary>What is made; change it before <see cref="BootAsync"/>.</summary>
    public VmSpec Spec { get; set; }

    public QemuConfiguration Configuration { get; set; } = LoadConfiguration();

    public IVirtualMachine Machine { get; private set; } = null!;

    public void ShareDirectory(SharedDirectoryKind kind) => Add(new SharedDirectory("share", "kataShared", kind), new DirectoryBackend(Share));

    public void Add(VmDevice device, DeviceBackend backend) => Spec = Spec with
    {
        Devices = [.. Spec.Devices, device],
        Backends = new Dictionary<string, DeviceBackend>(Spec.Backends) { [device.Id] = backend },
    };

    /// <summary>Boots from a disk image with one ext4 partition instead of the initrd.</summary>
    public void UseImage()
    {
        const int partition = 1 << 20;
        string tree = Path.Combine(_root, "tree");
        foreach (string directory in (string[])["bin", "sbin", "dev", "proc", "sys"])
        {
            Directory.CreateDirectory(Path.Combine(tree, directory));
        }

        File.Copy("/bin/busybox", Path.Combine(tree, "bin/busybox"));
        string init = Path.Combine(tree, "sbin/init");
        File.WriteAllText(init, Preamble + "echo image says $(busybox grep ' / ' /proc/mounts | busybox cut -d, -f1) >&3\nbusybox sleep 1000000\n");
        File.SetUnixFileMode(init, (UnixFileMode)0x1ED); // 0755
        string image = Path.Combine(_root, "image");
        using (FileStream disk = File.Create(image))
        {
            disk.SetLength(16 << 20);
            disk.Position = 446; // the first entry of the partition table: type Linux, from sector 2048
            disk.Write([0, 0, 2, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 0x78, 0, 0]);
            disk.Position = 510;
            disk.Write([0x55, 0xAA]);
        }

        using Process make = Process.Start("mkfs.ext4", ["-q", "-F", "-d", tree, "-E", $"offset={partition}", image, "15360k"]);
        make.WaitForExit();
        Assert.Equal(0, make.ExitCode);
        Spec = Spec with { Initrd = null, Image = image };
    }

    public async Task PrepareAsync() =>
        Machine = await new QemuHypervisor(Configuration, NullLogger.Instance).PrepareAsync(Spec, _launcher, TestContext.Current.CancellationToken);

    public async Task BootAsync()
    {
        await PrepareAsync();
        await Machine.StartAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The next line the guest's script wrote to descriptor 3.</summary>
    public async Task<string> HearAsync()
    {
        _channel ??= new StreamReader(Connect(), Encoding.UTF8);
        Task<string?> line = _channel.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
        Task first = await Task.WhenAny(line, Machine.Exited, Task.Delay(BootDeadline, TestContext.Current.CancellationToken));
        return first == line && await line is { } text ? text : throw new InvalidOperationException(Machine.Explain("the guest said nothing on its channel"));
    }

    public async Task SayAsync(string line)
    {
        _channel ??= new StreamReader(Connect(), Encoding.UTF8);
        await _channel.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until the machine has ended.</summary>
    public async Task<VmExit> ExitAsync(TimeSpan? deadline = null) =>
        await Machine.Exited.WaitAsync(deadline ?? BootDeadline, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Machine is not null)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(Machine.Explain("at the end of the test"));
            await Machine.DisposeAsync();
            Assert.False(Path.Exists(Spec.Directory), "the machine's directory is left");
        }

        _channel?.Dispose();
        _launcher.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private static QemuConfiguration LoadConfiguration()
    {
        string directory = Directory.CreateTempSubdirectory("kata-vm-config-").FullName;
        try
        {
            string path = Path.Combine(directory, "configuration.toml");
            File.WriteAllText(
                path,
                $"""
                [hypervisor.qemu]
                path = "/usr/bin/qemu-system-x86_64"
                kernel = "{BuildOutput.Kernel}"
                initrd = "{BuildOutput.Kernel}"
                virtio_fs_daemon = "/usr/lib/qemu/virtiofsd"
                """);
            return ConfigurationLoader.Load(path).Configuration.RequireQemu();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private NetworkStream Connect() => new(UnixSockets.Connect(Machine.AgentAddress["virtio-serial://".Length..]), ownsSocket: true);
}
