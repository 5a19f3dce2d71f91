using Kata.Configuration;
using Kata.Hypervisors.Devices;
using Kata.Hypervisors.Qemu;
using Kata.Linux;
using Kata.Primitives;

namespace Kata.Hypervisors.Tests.Qemu;

public sealed class QemuCommandLineTests
{
    [Fact]
    public void Build_SmallestMachine_IsAsAgreed() => AssertArguments(
        Settings.Layout(Settings.Machine),
        """
        -name sandbox-sb1,debug-threads=on
        -no-user-config
        -nodefaults
        -display none
        -no-reboot
        -machine q35,usb=off,vmport=off,smbus=off,sata=off,i8042=off,memory-backend=mem0
        -accel tcg,thread=multi
        -cpu max,erms=off,pmu=off
        -smp 1
        -rtc base=utc,clock=host
        -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
        -m 256M
        -object memory-backend-ram,id=mem0,size=256M
        -chardev socket,id=monitor,fd=4
        -mon chardev=monitor,mode=control
        -S
        -kernel /opt/kata/vmlinux
        -initrd /opt/kata/initrd.img
        -append tsc=reliable no_timer_check noreplace-smp percpu_alloc=page nolapic_timer rcupdate.rcu_expedited=1 cryptomgr.notests net.ifnames=0 console=ttyS0 panic=-1 nr_cpus=1 quiet
        -chardev socket,id=console,fd=5
        -serial chardev:console
        -device virtio-serial-pci,disable-legacy=on,id=serial0,max_ports=2
        -chardev socket,id=agent,fd=3,server=on,wait=off
        -device virtserialport,id=agent,bus=serial0.0,nr=1,chardev=agent,name=org.kata-containers.agent.0
        """);

    [Fact]
    public void Build_EveryDevice_IsAsAgreed()
    {
        VmSpec spec = Settings.Machine with
        {
            Devices =
            [
                new AgentChannel("agent"),
                new SharedDirectory("share", "kataShared", SharedDirectoryKind.VirtioFs),
                new SharedDirectory("other", "other", SharedDirectoryKind.Virtio9p),
                new EntropyDevice("rng"),
                new BlockDevice("data", ReadOnly: false),
                new NetworkDevice("eth0", "02:00:00:00:00:01"),
            ],
            Backends = new Dictionary<string, DeviceBackend>
            {
                ["share"] = new DirectoryBackend("/srv/a"),
                ["other"] = new DirectoryBackend("/srv/b,with,commas"),
                ["rng"] = new FileBackend("/dev/urandom"),
                ["data"] = new FileBackend("/srv/disk"),
                ["eth0"] = new TapBackend([new Fd(20, owns: false)]),
            },
        };
        QemuLayout layout = Settings.Layout(spec) with
        {
            ContextId = 77,
            DeviceFds = new Dictionary<string, IReadOnlyList<int>> { ["share"] = [6], ["data"] = [7], ["eth0"] = [8, 9] },
        };

        IReadOnlyList<string> arguments = QemuCommandLine.Build(layout);

        Assert.Equal(
            Lines("""
            -serial chardev:console
            -device vhost-vsock-pci,disable-legacy=on,id=agent,vhostfd=3,guest-cid=77
            -chardev socket,id=char-share,fd=6
            -device vhost-user-fs-pci,id=share,chardev=char-share,tag=kataShared,queue-size=1024
            -fsdev local,id=fs-other,path=/srv/b,,with,,commas,security_model=none,multidevs=remap
            -device virtio-9p-pci,disable-legacy=on,id=other,fsdev=fs-other,mount_tag=other
            -object rng-random,id=source-rng,filename=/dev/urandom
            -device virtio-rng-pci,disable-legacy=on,id=rng,rng=source-rng
            -add-fd fd=7,set=7
            -blockdev driver=raw,node-name=disk-data,read-only=off,file.driver=file,file.filename=/dev/fdset/7
            -device virtio-blk-pci,disable-legacy=on,id=data,drive=disk-data,serial=data
            -netdev tap,id=net-eth0,fds=8:9
            -device virtio-net-pci,disable-legacy=on,id=eth0,netdev=net-eth0,mac=02:00:00:00:00:01,romfile=,mq=on,vectors=6
            """),
            Pairs(arguments).SkipWhile(a => !a.StartsWith("-serial", StringComparison.Ordinal)));
        Assert.Contains("memory-backend-memfd,id=mem0,size=256M,share=on", arguments);
    }

    [Fact]
    public void Build_Image_BecomesTheFirstDiskReadOnly()
    {
        QemuLayout layout = Settings.Layout(Settings.Machine with { Initrd = null, Image = "/opt/kata/image" }) with { ImageFd = 9 };

        IReadOnlyList<string> arguments = QemuCommandLine.Build(layout);

        Assert.DoesNotContain("-initrd", arguments);
        Assert.DoesNotContain("/opt/kata/image", arguments);
        Assert.Contains("driver=raw,node-name=disk-image,read-only=on,file.driver=file,file.filename=/dev/fdset/9", arguments);
        Assert.Contains(" root=/dev/vda1 rootflags=data=ordered,errors=remount-ro ro rootfstype=ext4 systemd.show_status=false ", Append(arguments), StringComparison.Ordinal);
    }

    [Fact]
    public void Build_Kvm_UsesTheHostsProcessor()
    {
        IReadOnlyList<string> arguments = QemuCommandLine.Build(Settings.Layout(Settings.Machine) with { Accelerator = Accelerator.Kvm });

        Assert.Equal(["-accel", "kvm", "-cpu", "host,pmu=off"], arguments.SkipWhile(a => a != "-accel").Take(4));
        Assert.Contains("kvm-pit.lost_tick_policy=discard", arguments);
    }

    [Theory]
    [InlineData(Accelerator.Tcg, 1u, true)]
    [InlineData(Accelerator.Tcg, 2u, false)]
    [InlineData(Accelerator.Kvm, 1u, false)]
    public void Build_OneTranslatedProcessor_DoesWithoutTheLocalTimer(Accelerator accelerator, uint processors, bool without)
    {
        IReadOnlyList<string> arguments = QemuCommandLine.Build(
            Settings.Layout(Settings.Machine with { Vcpus = processors, MaxVcpus = 2 }) with { Accelerator = accelerator });

        Assert.Equal(without, Append(arguments).Contains(" nolapic_timer ", StringComparison.Ordinal));
    }

    [Fact]
    public void Build_UsersWords_ComeLast()
    {
        QemuConfiguration configuration = Settings.Default with
        {
            EnableDebug = true,
            CpuFeatures = ",-sse4.2,",
            MachineAccelerators = "hpet=off",
            SeccompSandbox = "on",
            Assets = Settings.Default.Assets with { KernelParameters = " agent.log=trace quiet " },
        };
        VmSpec spec = Settings.Machine with { KernelParameters = ["agent.log=debug", string.Empty], Vcpus = 2, MaxVcpus = 4 };

        IReadOnlyList<string> arguments = QemuCommandLine.Build(Settings.Layout(spec, configuration));

        Assert.EndsWith(" nr_cpus=4 debug agent.log=debug agent.log=trace quiet", Append(arguments), StringComparison.Ordinal);
        Assert.Contains("max,erms=off,-sse4.2", arguments);
        Assert.Contains(arguments, a => a.EndsWith(",memory-backend=mem0,hpet=off", StringComparison.Ordinal));
        Assert.Equal("on", arguments.SkipWhile(a => a != "-sandbox").ElementAt(1));
    }

    [Theory]
    [InlineData(true, false, null, "memory-backend-memfd,id=mem0,hugetlb=on,size=256M")]
    [InlineData(false, true, null, "memory-backend-ram,id=mem0,size=256M,prealloc=on")]
    [InlineData(true, true, "/dev/shm", "memory-backend-file,id=mem0,mem-path=/dev/shm,size=256M,prealloc=on")]
    public void Build_MemorySettings_ChooseTheBackend(bool huge, bool preallocate, string? file, string expected)
    {
        QemuConfiguration configuration = Settings.Default with
        {
            Memory = Settings.Default.Memory with { HugePages = huge, Preallocate = preallocate, FileBackend = file },
        };

        Assert.Contains(expected, QemuCommandLine.Build(Settings.Layout(Settings.Machine, configuration)));
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public void Build_ControlCharactersInParameters_AreRefused(string words)
    {
        QemuConfiguration configuration = Settings.Default with { Assets = Settings.Default.Assets with { KernelParameters = words } };

        KataException error = Assert.Throws<KataException>(() => QemuCommandLine.Build(Settings.Layout(Settings.Machine, configuration)));

        Assert.Contains("hypervisor.qemu.kernel_params", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_ParametersTooLong_AreRefused()
    {
        QemuConfiguration configuration = Settings.Default with { Assets = Settings.Default.Assets with { KernelParameters = new string('x', 2048) } };

        Assert.Equal(
            ErrorCode.InvalidArgument,
            Assert.Throws<KataException>(() => QemuCommandLine.Build(Settings.Layout(Settings.Machine, configuration))).Code);
    }

    private static void AssertArguments(QemuLayout layout, string expected) => Assert.Equal(Lines(expected), Pairs(QemuCommandLine.Build(layout)));

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Append(IReadOnlyList<string> arguments) => arguments.SkipWhile(a => a != "-append").ElementAt(1);

    /// <summary>Each option with its value on a line.</summary>
    private static List<string> Pairs(IReadOnlyList<string> arguments)
    {
        var lines = new List<string>();
        foreach (string argument in arguments)
        {
            if (argument.StartsWith('-'))
            {
                lines.Add(argument);
            }
            else
            {
                lines[^1] += " " + argument;
            }
        }

        return lines;
    }
}
