using System.Diagnostics;
using System.Globalization;
using Kata.AgentClient;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;
using Kata.Testing.Builds;

namespace Kata.Vm.Tests.Guests;

/// <summary>
/// A VM with our kernel and our agent as PID 1, and nothing else of ours: no shim, no runtime. A test gives it QEMU devices, plugs more while it runs, and
/// calls the agent directly. A busybox root file system for containers is in the guest's initrd, so nothing has to be shared or mounted first.
/// </summary>
/// <remarks>
/// <code>
/// await using var vm = new AgentVm { Arguments = { "-device", "pcie-root-port,id=rp0,chassis=1,addr=0x10" } };
/// await vm.BootAsync();                                             // boots, dials, creates the sandbox
/// await vm.Qmp.ExecuteAsync("device_add", new { driver = "virtio-scsi-pci", id = "s0", bus = "rp0" });
/// var run = await vm.Containers.RunAsync("c1", vm.Containers.NewSpec("c1", "uname", "-r"));
/// Assert.Equal(0, run.Code);
/// </code>
/// Boots in 2-3 s without KVM: share one between the tests of a class with <c>IClassFixture</c> (derive a fixture that sets its arguments), and run it
/// under the machine-wide lock for VMs. Whatever goes wrong, the message has QEMU's words and the end of the guest's console, which
/// <see cref="Console"/> gives too.
/// </remarks>
public sealed class AgentVm : IAsyncDisposable
{
    /// <summary>The container root file system in the guest.</summary>
    public const string Rootfs = "/rootfs";

    private static readonly TimeSpan BootDeadline = TimeSpan.FromSeconds(90);

    private Process? _qemu;
    private AgentConnection? _connection;
    private Task<string> _words = Task.FromResult(string.Empty);

    /// <summary>A directory on the host for disk images and sockets; goes with the machine.</summary>
    public string HostDirectory { get; } = Directory.CreateTempSubdirectory("kata-agentvm-").FullName;

    /// <summary>More arguments for QEMU. The machine is a q35 whose first free PCI slots are taken by what has no <c>addr</c>.</summary>
    public IList<string> Arguments { get; } = [];

    /// <summary>More kernel parameters: <c>agent.hotplug_timeout=1</c>.</summary>
    public IList<string> KernelParameters { get; } = [];

    /// <summary>Memory at boot, in MiB.</summary>
    public int Mebibytes { get; init; } = 256;

    /// <summary>What follows <c>-m SIZE</c>: <c>,slots=2,maxmem=1G</c>.</summary>
    public string MemoryOptions { get; init; } = string.Empty;

    /// <summary>What follows the machine type: <c>,nvdimm=on</c>.</summary>
    public string MachineOptions { get; init; } = string.Empty;

    /// <summary>Whether the machine is a microvm, without PCI: its devices are virtio-mmio, <c>virtio-blk-device</c> and the like.</summary>
    public bool Microvm { get; init; }

    /// <summary>Processors at boot.</summary>
    public int Vcpus { get; init; } = 1;

    /// <summary>More files in the guest's initrd, such as a program a test needs.</summary>
    public CpioArchive Files { get; } = new();

    /// <summary>Where the guest's root file system is.</summary>
    public GuestRoot Root { get; init; }

    /// <summary>The sandbox made at boot; null makes none.</summary>
    public CreateSandboxRequest? Sandbox { get; init; } = new() { SandboxId = "sandbox1", Hostname = "podhost" };

    /// <summary>QEMU's monitor.</summary>
    public QmpSocket Qmp { get; private set; } = null!;

    /// <summary>The agent.</summary>
    public AgentService.AgentServiceClient Agent => _connection!.Agent;

    /// <summary>What processes write, without a copy.</summary>
    public AgentOutput Output => _connection!.Output;

    /// <summary>Its health service.</summary>
    public Health.HealthClient Health => _connection!.Health;

    /// <summary>Processor time of the machine's first processor so far: what the guest computed, translation included. It hardly depends on other work on the host.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            foreach (string thread in Directory.EnumerateDirectories($"/proc/{_qemu!.Id}/task"))
            {
                if (File.ReadAllText(Path.Combine(thread, "comm")).StartsWith("CPU 0/", StringComparison.Ordinal))
                {
                    long nanoseconds = long.Parse(File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture);
                    return TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
                }
            }

            throw new InvalidOperationException("QEMU has no thread for processor 0");
        }
    }

    /// <summary>Shorthands for containers.</summary>
    public GuestContainers Containers { get; private set; } = null!;

    /// <summary>Completes when the machine has ended by itself.</summary>
    public Task Ended => _qemu!.WaitForExitAsync(CancellationToken.None);

    /// <summary>Everything on the guest's console so far, the agent's log included.</summary>
    public string Console => File.Exists(ConsolePath) ? File.ReadAllText(ConsolePath) : string.Empty;

    private string ConsolePath => Path.Combine(HostDirectory, "console");

    /// <summary>Boots and waits for the agent.</summary>
    public async Task BootAsync()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        (string[] root, string parameters) = await RootArgumentsAsync();
        var info = new ProcessStartInfo("qemu-system-x86_64", CommandLine(root, parameters)) { RedirectStandardError = true, RedirectStandardInput = true };
        _qemu = Process.Start(info)!;
        _words = _qemu.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            Qmp = await QmpSocket.ConnectAsync(Path.Combine(HostDirectory, "qmp"), () => _qemu.HasExited, token);
            var options = new AgentDialOptions { Timeout = BootDeadline, GiveUpReason = () => _qemu.HasExited ? "QEMU ended" : null };
            _connection = await AgentConnection.DialAsync("virtio-serial://" + Path.Combine(HostDirectory, "agent"), options, token);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException(await ExplainAsync(error.Message), error);
        }

        Containers = new GuestContainers(Agent, Rootfs, "/agentvm");
        if (Sandbox is not null)
        {
            await Agent.CreateSandboxAsync(Sandbox, cancellationToken: token);
        }
    }

    /// <summary>Makes a sparse file for a disk.</summary>
    /// <param name="name">Its name in <see cref="HostDirectory"/>.</param>
    /// <param name="mebibytes">Its size.</param>
    /// <param name="start">What it begins with.</param>
    /// <returns>Its path.</returns>
    public string MakeDisk(string name, int mebibytes, ReadOnlySpan<byte> start = default)
    {
        string path = Path.Combine(HostDirectory, name);
        using FileStream disk = File.Create(path);
        disk.SetLength((long)mebibytes << 20);
        disk.Write(start);
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        Qmp?.Dispose();
        if (_qemu is not null)
        {
            _qemu.Kill();
            await _qemu.WaitForExitAsync(CancellationToken.None);
            TestContext.Current.TestOutputHelper?.WriteLine(await ExplainAsync("at the end of the test"));
            _qemu.Dispose();
        }

        Directory.Delete(HostDirectory, recursive: true);
    }

    private async Task<string> ExplainAsync(string what)
    {
        if (_qemu is { HasExited: false })
        {
            _qemu.Kill();
        }

        string console = Console;
        return $"{what}\nqemu said: {await _words}\nconsole: {console[Math.Max(0, console.Length - 8000)..]}";
    }

    private List<string> CommandLine(IEnumerable<string> root, string parameters) =>
    [
        "-name", "agentvm,debug-threads=on", "-no-user-config", "-nodefaults", "-display", "none", "-no-reboot",
        "-machine", (Microvm ? "microvm,acpi=off" : "q35,usb=off,vmport=off,smbus=off,sata=off,i8042=off") + MachineOptions,
        "-accel", "tcg,thread=multi", "-cpu", "max,erms=off", "-smp", $"{Vcpus}", "-m", $"{Mebibytes}M{MemoryOptions}",
        "-kernel", BuildOutput.Kernel,
        "-append",
        // As the runtime has it where QEMU translates.
        (Vcpus == 1 && !Microvm ? "nolapic_timer " : string.Empty)
            + "tsc=reliable no_timer_check noreplace-smp percpu_alloc=page rcupdate.rcu_expedited=1 cryptomgr.notests net.ifnames=0 console=ttyS0 quiet panic=-1 "
            + "DOTNET_GCgen0size=100000 "
            + string.Join(' ', KernelParameters.Append(parameters)),
        .. root,
        "-serial", "file:" + ConsolePath,
        "-qmp", $"unix:{Path.Combine(HostDirectory, "qmp")},server=on,wait=off",
        "-device", Microvm ? "virtio-serial-device,id=serial0,max_ports=2" : "virtio-serial-pci,disable-legacy=on,id=serial0,max_ports=2,addr=0x1e",
        "-chardev", $"socket,id=agent,path={Path.Combine(HostDirectory, "agent")},server=on,wait=off",
        "-device", "virtserialport,bus=serial0.0,nr=1,chardev=agent,name=org.kata-containers.agent.0",
        .. Arguments,
    ];

    private async Task<(string[] Arguments, string KernelParameters)> RootArgumentsAsync()
    {
        BusyboxRootfs.AddTo(Files, Rootfs[1..]);
        if (Root != GuestRoot.Memory)
        {
            GuestDisk disk = await GuestDisk.MakeAsync(HostDirectory, Files, Root);
            return (
                ["-drive", $"file={disk.Image},if=none,id=root,format=raw", "-device", "virtio-blk-pci,disable-legacy=on,drive=root,addr=0x3"],
                disk.KernelParameters);
        }

        string path = Path.Combine(HostDirectory, "initrd");
        using FileStream file = File.Create(path);
        using (FileStream agent = File.OpenRead(BuildOutput.Initrd))
        {
            agent.CopyTo(file);
        }

        Files.WriteTo(file);
        return (["-initrd", path], string.Empty);
    }
}
