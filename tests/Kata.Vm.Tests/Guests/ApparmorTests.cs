using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;
using Kata.Testing.Commands;

namespace Kata.Vm.Tests.Guests;

/// <summary>AppArmor profiles in a guest that has AppArmor on, and two profiles loaded; SELinux is off there.</summary>
public sealed class ApparmorTests(ApparmorTests.Guest guest) : IClassFixture<ApparmorTests.Guest>
{
    private const string Show = "cat /proc/self/attr/current; echo x > /data/f; echo x > /tmp/f && echo wrote";

    private AgentVm Vm => guest.Vm;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Container_WithAProfile_IsConfinedFromItsFirstInstruction(bool noNewPrivileges)
    {
        Spec spec = NewSpec("confined", "kata-test", "sh", "-c", Show);
        spec.Process.NoNewPrivileges = noNewPrivileges;

        ContainerRun run = await Vm.Containers.RunAsync("confined", spec);

        Assert.Equal("kata-test (enforce)\nwrote\n", run.Output);
        Assert.Contains("can't create /data/f: Permission denied", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "unconfined\n")]
    [InlineData("unconfined", "unconfined\n")]
    [InlineData("kata-open", "kata-open (enforce)\n")]
    public async Task Container_WithoutOrWithAnotherProfile_MayWrite(string profile, string shown)
    {
        ContainerRun run = await Vm.Containers.RunAsync("open", NewSpec("open", profile, "sh", "-c", Show));

        Assert.Equal((shown + "wrote\n", string.Empty), (run.Output, run.Error));
    }

    [Fact]
    public async Task Container_InAUserNamespaceOnATerminal_IsConfined()
    {
        Spec spec = NewSpec("users", "kata-test", "sh", "-c", Show);
        spec.Process.Terminal = true;
        spec.Linux.Namespaces.Add(new LinuxNamespace { Type = "user" });
        spec.Linux.UIDMappings.Add(new LinuxIDMapping { HostID = 0, ContainerID = 0, Size = 65536 });
        spec.Linux.GIDMappings.Add(new LinuxIDMapping { HostID = 0, ContainerID = 0, Size = 65536 });

        ContainerRun run = await Vm.Containers.RunAsync("users", spec);

        Assert.Equal("kata-test (enforce)\r\nsh: can't create /data/f: Permission denied\r\nwrote\r\n", run.Output);
    }

    [Fact]
    public async Task Exec_OwnProfileOrNone_IsConfinedByItOrAsItsContainer()
    {
        await Vm.Containers.StartAsync(NewRequest("execs", NewSpec("execs", "kata-test", "sleep", "1000")));
        ContainerRun inherited = await Vm.Containers.ExecAsync("execs", "e1", "sh", "-c", Show);
        ContainerRun other = await ExecAsync("execs", "e2", "kata-open");
        ContainerRun free = await ExecAsync("execs", "e3", "unconfined");
        RpcException missing = await Assert.ThrowsAsync<RpcException>(() => ExecAsync("execs", "e4", "no-such"));
        ContainerRun again = await ExecAsync("execs", "e4", "kata-open"); // the name is free
        await Vm.Containers.RemoveAsync("execs");

        Assert.Equal("kata-test (enforce)\nwrote\n", inherited.Output);
        Assert.Contains("/data/f: Permission denied", inherited.Error, StringComparison.Ordinal);
        Assert.Equal(("kata-open (enforce)\n", "unconfined\n", "kata-open (enforce)\n"), (other.Output, free.Output, again.Output));
        Assert.Equal(StatusCode.FailedPrecondition, missing.StatusCode);
    }

    [Theory]
    [InlineData("no-such")]
    [InlineData("docker-default")] // with AppArmor on, the profile of a container manager is a profile like any other
    [InlineData(":bad:")]
    public async Task Create_ProfileIsNotLoaded_SaysSoAndLeavesNothing(string profile)
    {
        string before = await StateAsync();
        CreateContainerRequest request = NewRequest("missing", NewSpec("missing", profile, "true"));
        request.Storages.Add(new Kata.Protocols.Agent.Storage { Driver = "ephemeral", Source = "tmpfs", Fstype = "tmpfs", MountPoint = "/run/kata-containers/shared/never" });

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync(request));

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.StartsWith($"unable to apply apparmor profile: apparmor failed to apply profile '{profile}': ", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(before, await StateAsync());
    }

    [Theory]
    [InlineData("u:r:container_t", "", "process.selinuxLabel")]
    [InlineData("", "u:object_r:container_file_t", "linux.mountLabel")]
    public async Task Create_LabelOfSelinuxWhichIsOff_IsRefused(string label, string mountLabel, string field)
    {
        Spec spec = NewSpec("selinux", string.Empty, "true");
        (spec.Process.SelinuxLabel, spec.Linux.MountLabel) = (label, mountLabel);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync("selinux", spec));

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
        Assert.Equal($"{field}: selinux label is specified in config, but selinux is disabled or not supported in the guest", error.Status.Detail);
    }

    private static CreateContainerRequest NewRequest(string id, Spec spec) => new() { ContainerId = id, ExecId = id, OCI = spec };

    private Spec NewSpec(string id, string profile, params string[] args)
    {
        Spec spec = Vm.Containers.NewSpec(id, args);
        spec.Process.ApparmorProfile = profile;
        return spec;
    }

    private Task<ContainerRun> ExecAsync(string id, string exec, string profile) =>
        Vm.Containers.ExecAsync(id, exec, NewSpec(id, profile, "cat", "/proc/self/attr/current").Process);

    // What a failed creation could leave: mounts and cgroups of the guest.
    private async Task<string> StateAsync()
    {
        Spec spec = NewSpec("state", string.Empty, "sh", "-c", "cat /hostproc/1/mounts; find /cgroups -name missing");
        GuestContainers.AddBind(spec, "/proc", "/hostproc", "rbind");
        GuestContainers.AddBind(spec, "/sys/fs/cgroup", "/cgroups", "rbind");
        return (await Vm.Containers.RunAsync("state", spec)).Output;
    }

    public sealed class Guest : IAsyncLifetime
    {
        private const string Rules = "flags=(attach_disconnected,mediate_deleted) { file, capability, network, mount, signal, ptrace, unix,";

        // With an initrd the image's own start loads the profiles; the agent is what it executes.
        private const string Setup = $"""
            #!{AgentVm.Rootfs}/bin/busybox sh
            b={AgentVm.Rootfs}/bin/busybox
            $b mkdir /securityfs && $b mount -t securityfs securityfs /securityfs
            $b dd if=/profiles of=/securityfs/apparmor/.load bs=1M count=1 2>/dev/console
            $b umount /securityfs
            exec /init
            """;

        public AgentVm Vm { get; } = new() { KernelParameters = { "lsm=landlock,apparmor", "rdinit=/setup" } };

        public async ValueTask InitializeAsync()
        {
            string source = Path.Combine(Vm.HostDirectory, "profiles");
            string compiled = source + ".bin";
            await File.WriteAllTextAsync(source, $"profile kata-test {Rules} deny /data/** w, }}\nprofile kata-open {Rules} }}\n", TestContext.Current.CancellationToken);
            string[] arguments = ["--skip-kernel-load", "--skip-cache", "--features-file=/usr/share/apparmor-features/features", "-o", compiled, source];
            (await Command.RunAsync("apparmor_parser", arguments, options: null, TestContext.Current.CancellationToken)).EnsureSuccess();
            Vm.Files.File("setup", System.Text.Encoding.UTF8.GetBytes(Setup), executable: true)
                .File("profiles", await File.ReadAllBytesAsync(compiled, TestContext.Current.CancellationToken));
            await Vm.BootAsync();
        }

        public ValueTask DisposeAsync() => Vm.DisposeAsync();
    }
}
