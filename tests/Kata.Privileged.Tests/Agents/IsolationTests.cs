using Grpc.Core;
using Kata.Linux.Security;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;

namespace Kata.Privileged.Tests.Agents;

/// <summary>What a container must not be able to do, whatever it is allowed to.</summary>
public sealed class IsolationTests(LiveAgent live) : IClassFixture<LiveAgent>
{
    private readonly GuestContainers _containers = new(live.Agent, live.Rootfs, "/" + live.CgroupPrefix);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Privileged_TakesItsRootAway_FindsNothingBelow()
    {
        // Without the lock this ends in the guest's own root, in an initrd guest the one with the agent in it.
        Spec spec = Privileged("uncover", "sh", "-c", "umount -l / 2>&1; nsenter --mount=/proc/1/ns/mnt /bin/ls /; unshare -m sh -c 'umount -l /' 2>&1; mount --move / /tmp 2>&1; echo done");

        ContainerRun run = await _containers.RunAsync("uncover", spec);

        Assert.StartsWith("umount: can't unmount /: Invalid argument\nbin\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("etc\n", run.Output, StringComparison.Ordinal);
        Assert.Equal(2, run.Output.Split("can't unmount /: Invalid argument").Length - 1);
        Assert.DoesNotContain("usr\n", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("done\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Privileged_OwnMounts_CanBeMadeAndTakenAway()
    {
        Spec spec = Privileged("nested", "sh", "-c", "mount -t tmpfs x /tmp && umount /tmp && umount /dev/pts && mount -t proc p /tmp && test -d /tmp/1 && echo fine");

        ContainerRun run = await _containers.RunAsync("nested", spec);

        Assert.Equal("fine\n", run.Output + run.Error);
    }

    [Fact]
    public async Task Privileged_KillsAndTracesAllItSees_AgentServesOn()
    {
        Spec spec = Privileged("rampage", "sh", "-c", "for p in /proc/[0-9]*; do n=${p#/proc/}; cat $p/maps >/dev/null; test $n = 1 || kill -9 $n; done; kill -9 -1; ls -d /proc/[0-9]* | wc -l");

        ContainerRun run = await _containers.RunAsync("rampage", spec);

        Assert.InRange(int.Parse(run.Output.Trim(), System.Globalization.CultureInfo.InvariantCulture), 1, 5);
        Assert.Equal("0.0.1", (await live.Health.VersionAsync(new CheckRequest(), cancellationToken: Token)).GrpcVersion);
        Assert.Equal(0, (await _containers.RunAsync("after", _containers.NewSpec("after", "true"))).Code);
    }

    // CVE-2024-21626: a descriptor of the runtime that leads out of the container.
    [Fact]
    public async Task WorkingDirectory_ThroughADescriptor_StaysInTheRoot()
    {
        await _containers.StartAsync(new CreateContainerRequest { ContainerId = "cwds", ExecId = "cwds", OCI = _containers.NewSpec("cwds", "sleep", "1000") });
        for (int fd = 3; fd < 40; fd++)
        {
            Process process = _containers.NewSpec("cwds", "sh", "-c", "pwd; ls -d usr lib64 home 2>/dev/null").Process;
            process.Cwd = $"/proc/self/fd/{fd}";
            await TryAsync(() => RunExecAsync("cwds", $"e{fd}", process), fd);
            Spec spec = _containers.NewSpec("cwd", "sh", "-c", "pwd; ls -d usr lib64 home 2>/dev/null");
            spec.Process.Cwd = process.Cwd;
            await TryAsync(async () => (await _containers.RunAsync("cwd", spec)).Output, fd);
        }

        await _containers.RemoveAsync("cwds");

        static async Task TryAsync(Func<Task<string>> run, int fd)
        {
            try
            {
                string output = await run();
                Assert.True(output is "/\n" or "/proc\n" || output.StartsWith("/dev", StringComparison.Ordinal), $"descriptor {fd}: {output}");
            }
            catch (RpcException error)
            {
                Assert.Contains("director", error.Status.Detail, StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    // CVE-2019-5736: the interpreter of a script is looked up by the process that is about to become it.
    [Fact]
    public async Task Script_WithTheRuntimeAsInterpreter_CannotChangeIt()
    {
        await File.WriteAllTextAsync(Path.Combine(live.Rootfs, "bin/self"), "#!/proc/self/exe\n", Token);
        File.SetUnixFileMode(Path.Combine(live.Rootfs, "bin/self"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string agent = $"/proc/{live.Pid}/exe";
        byte[] before = await File.ReadAllBytesAsync(agent, Token);
        await _containers.StartAsync(new CreateContainerRequest { ContainerId = "selfexe", ExecId = "selfexe", OCI = Privileged("selfexe", "sleep", "1000") });

        await TryExecAsync("self");
        ContainerRun run = await _containers.ExecAsync("selfexe", "w", "sh", "-c", "for p in /proc/[0-9]*; do echo x 2>/dev/null > $p/exe; done; echo tried");
        await _containers.RemoveAsync("selfexe");

        Assert.Equal("tried\n", run.Output);
        Assert.Equal(before, await File.ReadAllBytesAsync(agent, Token));

        async Task TryExecAsync(string program)
        {
            try
            {
                await _containers.ExecAsync("selfexe", "s", program);
            }
            catch (RpcException error)
            {
                Assert.NotEqual(StatusCode.Unavailable, error.StatusCode);
            }
        }
    }

    // CVE-2019-19921, CVE-2019-16884: what is protected must be what the container sees.
    [Fact]
    public async Task Proc_AsALink_IsRefused()
    {
        string root = await OtherRootAsync("proclink");
        Directory.Delete(Path.Combine(root, "proc"));
        Directory.CreateDirectory(Path.Combine(root, "fake"));
        File.CreateSymbolicLink(Path.Combine(root, "proc"), "/fake");

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _containers.RunAsync("proclink", WithRoot("proclink", root)));

        Assert.Contains("/proc of the root file system is not a directory", error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/self/attr")]
    [InlineData("/proc/sys")]
    public async Task Bind_OverProc_IsRefused(string target)
    {
        Spec spec = _containers.NewSpec("overproc", "true");
        GuestContainers.AddBind(spec, live.Rootfs, target);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _containers.RunAsync("overproc", spec));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains("inside /proc", error.Status.Detail, StringComparison.Ordinal);
    }

    // CVE-2025-31133: masking with something that is not the null device.
    [Fact]
    public async Task DevNull_ThatIsALink_IsReplaced()
    {
        string root = await OtherRootAsync("devnull");
        Spec spec = WithRoot("devnull", root);
        spec.Mounts.Remove(spec.Mounts.Single(mount => mount.Destination == "/dev"));
        spec.Mounts.Remove(spec.Mounts.Single(mount => mount.Destination == "/dev/pts"));
        File.CreateSymbolicLink(Path.Combine(root, "dev/null"), "/etc/passwd");
        spec.Linux.MaskedPaths.Add("/proc/keys");
        spec.Process.Args[2] = "stat -c %F /dev/null; cat /proc/keys | wc -c; cat /etc/passwd | wc -l";

        ContainerRun run = await _containers.RunAsync("devnull", spec);

        Assert.Equal("character special file\n0\n2\n", run.Output + run.Error);
    }

    // CVE-2020-2026 and its kind, inside the guest: links in an image lead nowhere but into the image.
    [Fact]
    public async Task Links_InTheImage_DoNotLeadTheAgentOut()
    {
        string outside = Directory.CreateTempSubdirectory("kata-outside-").FullName;
        string root = await OtherRootAsync("links");
        File.CreateSymbolicLink(Path.Combine(root, "escape"), outside);
        File.CreateSymbolicLink(Path.Combine(root, "up"), "../../../../../../.." + outside);
        Spec spec = WithRoot("links", root);
        GuestContainers.AddMount(spec, "/escape/one", "tmpfs");
        GuestContainers.AddBind(spec, "/etc/hostname", "/up/two");
        spec.Linux.MaskedPaths.Add("/escape/three");
        spec.Process.Cwd = "/up/four";
        try
        {
            await Record.ExceptionAsync(() => _containers.RunAsync("links", spec));

            Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    // Kata #13615: what the workload can cover must not decide what a process may do.
    [Fact]
    public async Task Exec_InAContainerThatCoversProc_HasItsCapabilitiesAndNamespaces()
    {
        Spec spec = Privileged("shadow", "sh", "-c", "mount -t tmpfs x /proc && mkdir -p /proc/1/ns /proc/sys/kernel && echo 1 > /proc/sys/kernel/cap_last_cap && exec sleep 1000");
        await _containers.StartAsync(new CreateContainerRequest { ContainerId = "shadow", ExecId = "shadow", OCI = spec });
        ContainerRun wait = await _containers.ExecAsync("shadow", "wait", "sh", "-c", "until test -e /proc/sys/kernel/cap_last_cap; do usleep 10000; done");

        ContainerRun run = await _containers.ExecAsync("shadow", "e", "sh", "-c", "mount -t proc p /tmp && grep CapBnd /tmp/self/status; hostname");
        await _containers.RemoveAsync("shadow");

        Assert.Equal(0, wait.Code);
        Assert.Contains("podhost", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("CapBnd", run.Output, StringComparison.Ordinal); // it has no CAP_SYS_ADMIN to mount with
    }

    // Kata #13615: a process id may be another's by the time it is looked up, so nothing is joined by one.
    [Fact]
    public async Task Namespaces_OfAContainer_AreHeldByDescriptors()
    {
        await _containers.StartAsync(new CreateContainerRequest { ContainerId = "held", ExecId = "held", OCI = _containers.NewSpec("held", "sleep", "1000") });

        ContainerRun run = await _containers.ExecAsync("held", "e", "sh", "-c", "for kind in ipc uts mnt pid; do readlink /proc/1/ns/$kind; done");
        string?[] held = [.. Directory.GetFiles($"/proc/{live.Pid}/fd").Select(link => new FileInfo(link).LinkTarget)];
        await _containers.RemoveAsync("held");

        Assert.All(run.Output.TrimEnd().Split('\n'), space => Assert.Contains(space, held));
        Assert.Equal(4, run.Output.TrimEnd().Split('\n').Length);
    }

    // CVE-2020-2023: device nodes can be made but not opened unless the container has the device.
    [Fact]
    public async Task Device_NotGiven_CannotBeOpened()
    {
        Spec spec = Privileged("mknod", "sh", "-c", "mknod /tmp/disk b 7 0 && head -c 1 /tmp/disk; mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem; head -c 1 /dev/zero | wc -c");

        ContainerRun run = await _containers.RunAsync("mknod", spec);

        Assert.Equal("1\n", run.Output);
        Assert.Equal(2, run.Error.Split("Operation not permitted").Length - 1);
    }

    private async Task<string> RunExecAsync(string id, string exec, Process process)
    {
        await live.Agent.ExecProcessAsync(new ExecProcessRequest { ContainerId = id, ExecId = exec, Process = process }, cancellationToken: Token);
        string output = await _containers.ReadToEndAsync(id, exec);
        await live.WaitAsync(id, exec);
        return output;
    }

    private Spec Privileged(string id, params string[] args)
    {
        Spec spec = _containers.NewSpec(id, args);
        string[] all = [.. Enum.GetValues<Capability>().Where(Own).Select(CapabilitySet.NameOf)];
        spec.Process.Capabilities = new LinuxCapabilities { Bounding = { all }, Effective = { all }, Permitted = { all } };
        spec.Process.NoNewPrivileges = false;
        return spec;
    }

    /// <summary>Whether these tests have a capability themselves: nobody can give what he has not.</summary>
    private static bool Own(Capability capability)
    {
        string line = File.ReadLines("/proc/self/status").First(text => text.StartsWith("CapPrm:", StringComparison.Ordinal));
        return (Convert.ToUInt64(line.Split('\t')[1], 16) >> (int)capability & 1) != 0;
    }

    private Spec WithRoot(string id, string root)
    {
        Spec spec = _containers.NewSpec(id, "sh", "-c", "true");
        spec.Root.Path = root;
        return spec;
    }

    private Task<string> OtherRootAsync(string name)
    {
        string root = Path.Combine(Path.GetDirectoryName(live.Rootfs)!, name);
        Rootfses.MakeBusybox(root);
        return Task.FromResult(root);
    }
}
