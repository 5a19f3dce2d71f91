using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;
using Kata.Testing.Commands;

namespace Kata.Vm.Tests.Guests;

/// <summary>SELinux labels in a guest that has SELinux on and a small policy loaded; AppArmor is off there.</summary>
public sealed class SelinuxTests(SelinuxTests.Guest guest) : IClassFixture<SelinuxTests.Guest>
{
    private const string Label = "u:r:container_t:s0:c1,c2";
    private const string MountLabel = "u:object_r:container_file_t:s0:c1,c2";

    // The image is base_t, which container_t may not write to; what it may write to has the mount label.
    private const string Show = "cat /proc/self/attr/current; echo; echo x > /data/f; echo x > /mnt/f && echo wrote";

    private AgentVm Vm => guest.Vm;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Container_WithLabels_IsConfinedAndItsMountsAreItsOwn(bool noNewPrivileges)
    {
        Spec spec = NewSpec("confined", Label, "sh", "-c", Show + "; grep -E '^(tmpfs|devpts|mqueue|cgroup) ' /proc/mounts | cut -d' ' -f2- | cut -d, -f1-6");
        spec.Process.NoNewPrivileges = noNewPrivileges;
        spec.Linux.MountLabel = MountLabel;
        GuestContainers.AddMount(spec, "/dev/mqueue", "mqueue", "nosuid", "noexec", "nodev");
        GuestContainers.AddMount(spec, "/sys/fs/cgroup", "cgroup", "ro");

        ContainerRun run = await Vm.Containers.RunAsync("confined", spec);

        Assert.StartsWith(Label + "\nwrote\n", run.Output.Replace("\0", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("can't create /data/f: Permission denied", run.Error, StringComparison.Ordinal);
        foreach (string mount in (string[])["/dev tmpfs", "/mnt tmpfs", "/dev/pts devpts", "/sys/fs/cgroup tmpfs"])
        {
            Assert.Contains(run.Output.Split('\n'), line => line.StartsWith(mount, StringComparison.Ordinal) && line.Contains($"context=\"{MountLabel}\"", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Container_InAUserNamespaceOnATerminal_HasBothLabels()
    {
        Spec spec = NewSpec("users", Label, "sh", "-c", Show + "; echo tty > /dev/tty");
        spec.Process.Terminal = true;
        spec.Linux.MountLabel = MountLabel;
        spec.Linux.Namespaces.Add(new LinuxNamespace { Type = "user" });
        spec.Linux.UIDMappings.Add(new LinuxIDMapping { HostID = 10000, ContainerID = 0, Size = 65536 });
        spec.Linux.GIDMappings.Add(new LinuxIDMapping { HostID = 10000, ContainerID = 0, Size = 65536 });

        ContainerRun run = await Vm.Containers.RunAsync("users", spec);

        Assert.Equal(Label + "\r\nsh: can't create /data/f: Permission denied\r\nwrote\r\ntty\r\n", run.Output.Replace("\0", string.Empty, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Container_WithoutLabels_HasTheAgents()
    {
        ContainerRun run = await Vm.Containers.RunAsync("plain", NewSpec("plain", string.Empty, "sh", "-c", Show));

        Assert.StartsWith("u:r:kernel_t:", run.Output, StringComparison.Ordinal);
        Assert.Equal(string.Empty, run.Error);
    }

    [Fact]
    public async Task Container_WithoutAMountLabel_CannotWriteToItsMounts()
    {
        ContainerRun run = await Vm.Containers.RunAsync("nolabel", NewSpec("nolabel", Label, "sh", "-c", Show));

        Assert.Contains("/mnt/f: Permission denied", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_OwnLabelOrNone_HasItOrItsContainers()
    {
        await Vm.Containers.StartAsync(NewRequest("execs", NewSpec("execs", Label, "sleep", "1000")));
        ContainerRun inherited = await Vm.Containers.ExecAsync("execs", "e1", "sh", "-c", Show);
        ContainerRun own = await Vm.Containers.ExecAsync("execs", "e2", NewSpec("execs", "u:r:container_t:s0:c2", "cat", "/proc/self/attr/current").Process);
        await Vm.Containers.RemoveAsync("execs");

        Assert.StartsWith(Label, inherited.Output, StringComparison.Ordinal);
        Assert.Contains("/data/f: Permission denied", inherited.Error, StringComparison.Ordinal);
        Assert.Equal("u:r:container_t:s0:c2", own.Output.TrimEnd('\0'));
    }

    [Theory]
    [InlineData("u:r:no_such_t:s0", "", "process.selinuxLabel")]
    [InlineData("u:r:container_t:s0:c9", "", "process.selinuxLabel")]
    [InlineData("", "garbage", "linux.mountLabel")]
    public async Task Create_UnknownLabel_IsRefused(string label, string mountLabel, string field)
    {
        Spec spec = NewSpec("unknown", label, "true");
        spec.Linux.MountLabel = mountLabel;

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync("unknown", spec));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal($"{field}: '{label}{mountLabel}' is no label of the guest's SELinux policy", error.Status.Detail);
    }

    [Fact]
    public async Task Create_ApparmorProfileWhichIsOff_IsRefusedUnlessItIsAManagersDefault()
    {
        Spec wished = NewSpec("apparmor", Label, "true");
        wished.Process.ApparmorProfile = "my-profile";
        Spec given = NewSpec("apparmor", Label, "cat", "/proc/self/attr/current");
        given.Process.ApparmorProfile = "cri-containerd.apparmor.d";

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync("apparmor", wished));
        ContainerRun run = await Vm.Containers.RunAsync("apparmor", given);

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
        Assert.Equal("unable to apply apparmor profile 'my-profile': apparmor: config provided but apparmor not supported in the guest", error.Status.Detail);
        Assert.Equal(Label, run.Output.TrimEnd('\0'));
    }

    private static CreateContainerRequest NewRequest(string id, Spec spec) => new() { ContainerId = id, ExecId = id, OCI = spec };

    private Spec NewSpec(string id, string label, params string[] args)
    {
        Spec spec = Vm.Containers.NewSpec(id, args);
        spec.Process.SelinuxLabel = label;
        GuestContainers.AddMount(spec, "/mnt", "tmpfs", "nosuid", "nodev");
        return spec;
    }

    public sealed class Guest : IAsyncLifetime
    {
        private const string Setup = $"""
            #!{AgentVm.Rootfs}/bin/busybox sh
            b={AgentVm.Rootfs}/bin/busybox
            $b mkdir /selinuxfs && $b mount -t selinuxfs selinuxfs /selinuxfs
            $b dd if=/policy of=/selinuxfs/load bs=1M count=1 2>/dev/console
            echo 1 > /selinuxfs/enforce
            $b umount /selinuxfs
            exec /init
            """;

        private const string Base = "u:object_r:base_t:s0";

        // The kernel knows them by their order.
        private static readonly string[] InitialLabels =
        [
            "kernel", "security", "unlabeled", "fs", "file", "file_labels", "init", "any_socket", "port", "netif", "netmsg", "node", "igmp_packet", "icmp_socket",
            "tcp_socket", "sysctl_modprobe", "sysctl", "sysctl_fs", "sysctl_kernel", "sysctl_net", "sysctl_net_unix", "sysctl_vm", "sysctl_dev", "kmod", "policy",
            "scmp_packet", "devnull",
        ];

        // With cgroup v1, whose mount in a container is a file system that takes a label.
        public AgentVm Vm { get; } = new() { KernelParameters = { "lsm=landlock,selinux", "rdinit=/setup", "agent.unified_cgroup_hierarchy=false" } };

        // Whatever it does not name is allowed (-U).
        private static string Policy =>
            $$"""
            class process
            class file
            class dir
            {{string.Join('\n', InitialLabels.Select(name => "sid " + name))}}
            class process { transition dyntransition setexec }
            class file { write append create }
            class dir { add_name }
            sensitivity s0;
            dominance { s0 }
            category c1;
            category c2;
            level s0:c1.c2;
            mlsconstrain file { write } ( h1 dom h2 );
            policycap nnp_nosuid_transition;
            type kernel_t;
            type base_t;
            type container_t;
            type container_file_t;
            role r;
            role r types { kernel_t base_t container_t container_file_t };
            allow kernel_t { kernel_t container_t }:process { transition setexec };
            allow kernel_t { kernel_t base_t container_t container_file_t }:file { write append create };
            allow kernel_t { kernel_t base_t container_t container_file_t }:dir { add_name };
            allow container_t { container_t container_file_t }:file { write append create };
            allow container_t { container_t container_file_t }:dir { add_name };
            user u roles { r } level s0 range s0 - s0:c1.c2;
            {{string.Join('\n', InitialLabels.Select(name => $"sid {name} {(name == "kernel" ? "u:r:kernel_t:s0 - s0:c1.c2" : Base)}"))}}
            fs_use_trans tmpfs {{Base}};
            fs_use_trans devpts {{Base}};
            fs_use_trans mqueue {{Base}};
            genfscon rootfs / {{Base}}
            genfscon proc / {{Base}}
            genfscon sysfs / {{Base}}

            """;

        public async ValueTask InitializeAsync()
        {
            string source = Path.Combine(Vm.HostDirectory, "policy.te");
            string compiled = Path.Combine(Vm.HostDirectory, "policy");
            await File.WriteAllTextAsync(source, Policy, TestContext.Current.CancellationToken);
            (await Command.RunAsync("checkpolicy", ["-M", "-U", "allow", "-c", "33", "-o", compiled, source], options: null, TestContext.Current.CancellationToken)).EnsureSuccess();
            Vm.Files.File("setup", System.Text.Encoding.UTF8.GetBytes(Setup), executable: true)
                .File("policy", await File.ReadAllBytesAsync(compiled, TestContext.Current.CancellationToken));
            await Vm.BootAsync();
        }

        public ValueTask DisposeAsync() => Vm.DisposeAsync();
    }
}
