using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;

namespace Kata.Privileged.Tests.Agents;

public sealed class ProcessTests(LiveAgent live) : IClassFixture<LiveAgent>
{
    private readonly GuestContainers _containers = new(live.Agent, live.Rootfs, "/" + live.CgroupPrefix);

    [Fact]
    public async Task Traits_OfTheSpec_AreInForce()
    {
        Spec spec = _containers.NewSpec("traits", "sh", "-c", "umask; ionice; cut -d' ' -f41 /proc/self/stat; uname -m");
        spec.Process.User.Umask = 0x17;
        spec.Process.IOPriority = new LinuxIOPriority { Class = "IOPRIO_CLASS_BE", Priority = 6 };
        spec.Process.Scheduler = new LinuxScheduler { Policy = "SCHED_BATCH", Nice = 3 };
        spec.Linux.Personality = new LinuxPersonality { Domain = "LINUX32" };

        ContainerRun run = await _containers.RunAsync("traits", spec);

        string[] lines = run.Output.Split('\n');
        Assert.Equal("0027", lines[0]);
        Assert.Equal("best-effort: prio 6", lines[1]);
        Assert.Equal("3", lines[2]); // SCHED_BATCH
        Assert.True(lines[3] is "i686" or "armv8l", run.Output + run.Error);
    }

    [Theory]
    [InlineData("SCHED_NONE", "IOPRIO_CLASS_BE", "process.scheduler.policy")]
    [InlineData("SCHED_OTHER", "IOPRIO_CLASS_X", "process.ioPriority.class")]
    public async Task Traits_UnknownWords_AreInvalid(string policy, string priority, string words)
    {
        Spec spec = _containers.NewSpec("badtraits", "true");
        spec.Process.Scheduler = new LinuxScheduler { Policy = policy };
        spec.Process.IOPriority = new LinuxIOPriority { Class = priority };

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _containers.RunAsync("badtraits", spec));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains(words, error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "", null)]
    [InlineData("unconfined", "", "", null)]
    [InlineData("cri-containerd.apparmor.d", "", "", null)] // every container has it on a host with AppArmor
    [InlineData("containers-default-0.50.1", "", "", null)]
    [InlineData("my-profile", "", "", "unable to apply apparmor profile 'my-profile': apparmor: config provided but apparmor not supported")]
    [InlineData("", "system_u:system_r:container_t:s0:c1,c2", "", "process.selinuxLabel: selinux label is specified in config, but selinux is disabled or not supported")]
    [InlineData("", "", "system_u:object_r:container_file_t:s0:c1,c2", "linux.mountLabel: selinux label is specified in config, but selinux is disabled or not supported")]
    public async Task Labels_GuestWithoutTheModules_AreRefusedUnlessNobodyAskedForThem(string profile, string label, string mountLabel, string? words)
    {
        Assert.SkipWhen(File.Exists("/sys/module/apparmor/parameters/enabled") || Directory.Exists("/sys/fs/selinux"), "this machine has the modules");
        Spec spec = _containers.NewSpec("labels", "true");
        spec.Process.ApparmorProfile = profile;
        spec.Process.SelinuxLabel = label;
        spec.Linux.MountLabel = mountLabel;

        if (words is null)
        {
            Assert.Equal(0, (await _containers.RunAsync("labels", spec)).Code);
            return;
        }

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _containers.RunAsync("labels", spec));

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
        Assert.StartsWith(words, error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SCMP_ACT_ERRNO", 38u, "Function not implemented")]
    [InlineData("SCMP_ACT_ERRNO", 1u, "Operation not permitted")]
    public async Task Seccomp_ErrnoOfARule_IsWhatTheProgramGets(string action, uint errno, string words)
    {
        Spec spec = _containers.NewSpec("seccomp", "mkdir", "/tmp/never");
        spec.Linux.Seccomp = new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Architectures = { "SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64", "SCMP_ARCH_S390X" },
            Flags = { "SECCOMP_FILTER_FLAG_LOG" },
            Syscalls = { new LinuxSyscall { Names = { "mkdir", "mkdirat", "no_such_call_ever" }, Action = action, Errnoret = errno } },
        };

        ContainerRun run = await _containers.RunAsync("seccomp", spec);

        Assert.Contains(words, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seccomp_DefaultErrno_IsWhatUnnamedCallsGet()
    {
        // Nothing that busybox needs to say so is missing; mkdir is.
        Spec spec = _containers.NewSpec("seccompdefault", "mkdir", "/tmp/never");
        string[] needed =
        [
            "execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink", "readlinkat", "getrandom", "mprotect", "mmap",
            "munmap", "prctl", "uname", "umask", "write", "exit_group", "exit", "getuid", "geteuid", "getgid", "getegid", "setuid", "setgid", "setresuid", "setresgid", "setgroups",
            "capset", "read", "close", "getcwd", "chdir", "rt_sigaction", "rt_sigprocmask", "newfstatat", "fstat", "lseek", "ioctl", "seccomp",
        ];
        spec.Linux.Seccomp = new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_ERRNO",
            DefaultErrnoRet = 38,
            Syscalls = { new LinuxSyscall { Names = { needed }, Action = "SCMP_ACT_ALLOW" } },
        };

        ContainerRun run = await _containers.RunAsync("seccompdefault", spec);

        Assert.Equal(1, run.Code);
        Assert.Contains("Function not implemented", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seccomp_Notify_IsUnsupported()
    {
        Spec spec = _containers.NewSpec("notify", "true");
        spec.Linux.Seccomp = new LinuxSeccomp { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = { new LinuxSyscall { Names = { "mkdir" }, Action = "SCMP_ACT_NOTIFY" } } };

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _containers.RunAsync("notify", spec));

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
        Assert.Contains("SCMP_ACT_NOTIFY needs a supervisor", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_SupplementaryGroups_AreThoseAskedFor()
    {
        await live.CreateAsync("groups", live.NewSpec("groups", "sleep", "1000"));
        await live.StartAsync("groups");
        var process = new Process { Args = { "id" }, Cwd = "/", Env = { "PATH=/bin" }, User = new User { UID = 33, GID = 34, AdditionalGids = { 5, 7 } } };
        await live.Agent.ExecProcessAsync(new ExecProcessRequest { ContainerId = "groups", ExecId = "e", Process = process }, cancellationToken: TestContext.Current.CancellationToken);

        string output = System.Text.Encoding.UTF8.GetString(await live.ReadToEndAsync("groups", "e"));
        await live.RemoveAsync("groups");

        Assert.Equal("uid=33(web) gid=34(web) groups=5,7\n", output);
    }

    [Fact]
    public async Task Terminal_OfAnAddedProcess_IsItsControllingOne()
    {
        await live.CreateAsync("ctty", live.NewSpec("ctty", "sleep", "1000"));
        await live.StartAsync("ctty");
        var process = new Process
        {
            Args = { "sh", "-c", "echo yes > /dev/tty; stty size" },
            Cwd = "/",
            Env = { "PATH=/bin" },
            User = new User(),
            Terminal = true,
            ConsoleSize = new Box { Height = 12, Width = 34 },
        };
        await live.Agent.ExecProcessAsync(new ExecProcessRequest { ContainerId = "ctty", ExecId = "e", Process = process }, cancellationToken: TestContext.Current.CancellationToken);

        string output = System.Text.Encoding.UTF8.GetString(await live.ReadToEndAsync("ctty", "e"));
        await live.RemoveAsync("ctty");

        Assert.Equal("yes\r\n12 34\r\n", output);
    }
}
