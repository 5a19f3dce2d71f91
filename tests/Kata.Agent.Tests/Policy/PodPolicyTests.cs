using Google.Protobuf;
using Kata.Agent.Policy;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Protocols.Types;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Agent.Tests.Policy;

/// <summary>A policy of the kind that is generated for pods decides on requests of the kind that shims send: what it describes passes, anything else does not.</summary>
public sealed class PodPolicyTests : IDisposable
{
    private readonly PolicyGate _gate = new(TimeProvider.System, NullLogger.Instance);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _gate.Dispose();

    [Fact]
    public async Task Create_AsThePolicyDescribesIt_IsServedOnce()
    {
        await UseAsync();

        await RunsAsync(PodRequests.Create());
        await BlockedAsync(PodRequests.Create()); // its id is taken
        await RunsAsync(new RemoveContainerRequest { ContainerId = PodRequests.ContainerId });
        await RunsAsync(PodRequests.Create());
    }

    [Fact]
    public async Task Create_ChangedInAnyWayThatThePolicySpeaksOf_IsRefused()
    {
        await UseAsync();
        foreach ((string what, Action<CreateContainerRequest> change) in Changes)
        {
            CreateContainerRequest request = PodRequests.Create();
            change(request);

            KataException error = await BlockedAsync(request);

            Assert.True(error.Message.Length > 60, $"{what}: {error.Message}");
        }

        await RunsAsync(PodRequests.Create()); // and none of these left anything behind
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(18u)]
    public async Task Create_WithAFieldThatUpstreamLacks_IsRefusedByName(uint umask)
    {
        await UseAsync();
        CreateContainerRequest request = PodRequests.Create();
        request.OCI.Process.User.Umask = umask;
        request.OCI.Mounts[3].UIDMappings.Add(new LinuxIDMapping { HostID = 0, ContainerID = 1000, Size = 1 });

        Assert.Contains("OCI.Mounts.UIDMappings, OCI.Process.User.Umask", (await BlockedAsync(request)).Message, StringComparison.Ordinal);

        await UseAsync("RequestExtensions if { every path, _ in input.extensions { path in {\"OCI.Process.User.Umask\", \"OCI.Mounts.UIDMappings\"} } }");
        await RunsAsync(request);
    }

    [Fact]
    public async Task Exec_ByTheStateThatCreationLeft_IsServedOrRefused()
    {
        await UseAsync();
        ExecProcessRequest Exec(params string[] args) => new() { ContainerId = PodRequests.ContainerId, Process = new Process { Args = { args }, User = new User { UID = 1000 } } };

        await BlockedAsync(Exec("/bin/healthy"));
        await RunsAsync(PodRequests.Create());
        await RunsAsync(Exec("/bin/healthy"));
        await BlockedAsync(Exec("/bin/healthy", "--really"));
        await BlockedAsync(Exec("sh", "-c", "/bin/healthy"));
        await RunsAsync(new RemoveContainerRequest { ContainerId = PodRequests.ContainerId });
        await BlockedAsync(Exec("/bin/healthy"));
    }

    [Theory]
    [InlineData(0x81A4u, "/run/kata-containers/shared/containers/c-0123456789abcdef-hosts", "", true)]
    [InlineData(0x81A4u, "/run/kata-containers/shared/containers/c-0123456789abcdef-hosts/../../x", "", false)]
    [InlineData(0x81A4u, "/run/kata-containers/shared/containers/c-0123456789abcdef-hosts\n", "", false)]
    [InlineData(0x81A4u, "x/run/kata-containers/shared/containers/c-0123456789abcdef-hosts", "", false)]
    [InlineData(0xA1FFu, "/run/kata-containers/shared/containers/c-0123456789abcdef-hosts", "other", true)]
    [InlineData(0xA1FFu, "/run/kata-containers/shared/containers/c-0123456789abcdef-hosts", "../other", false)]
    [InlineData(0xA1FFu, "/run/kata-containers/shared/containers/c-0123456789abcdef-hosts", "/etc/passwd", false)]
    [InlineData(0x21A4u, "/run/kata-containers/shared/containers/c-0123456789abcdef-hosts", "", false)]
    public async Task CopyFile_ByPathAndKind_IsServedOrRefused(uint mode, string path, string target, bool served)
    {
        await UseAsync();
        var request = new CopyFileRequest { Path = path, FileMode = mode, Data = ByteString.CopyFromUtf8(target) };

        await (served ? RunsAsync(request) : BlockedAsync(request));
    }

    [Theory]
    [InlineData("eth0", 128u, true)]
    [InlineData("lo", 0u, false)]
    [InlineData("eth0", 256u, false)]
    public async Task UpdateInterface_ByNameAndFlags_IsServedOrRefused(string name, uint flags, bool served)
    {
        await UseAsync();
        var request = new UpdateInterfaceRequest { Interface = new Interface { Name = name, RawFlags = flags } };

        await (served ? RunsAsync(request) : BlockedAsync(request));
    }

    private static IEnumerable<(string What, Action<CreateContainerRequest> Change)> Changes =>
    [
        ("arguments", request => request.OCI.Process.Args.Add("--debug")),
        ("first argument", request => request.OCI.Process.Args[0] = "/usr/bin/app2"),
        ("environment", request => request.OCI.Process.Env.Add("LD_PRELOAD=/evil.so")),
        ("newline behind a variable", request => request.OCI.Process.Env[1] = "HOSTNAME=web-0\nLD_PRELOAD=/evil.so"),
        ("user", request => request.OCI.Process.User.UID = 0),
        ("group", request => request.OCI.Process.User.AdditionalGids.Add(0)),
        ("no user", request => request.OCI.Process.User = null),
        ("directory", request => request.OCI.Process.Cwd = "/"),
        ("privileges", request => request.OCI.Process.NoNewPrivileges = false),
        ("capability", request => request.OCI.Process.Capabilities.Effective.Add("CAP_SYS_ADMIN")),
        ("root", request => request.OCI.Root.Path = "/"),
        ("root of another", request => request.OCI.Root.Path = $"/run/kata-containers/shared/containers/{PodRequests.ContainerId}/../rootfs"),
        ("mount more", request => request.OCI.Mounts.Add(new Mount { Destination = "/etc/passwd", Type = "bind", Source = "/run/kata-containers/shared/containers/x" })),
        ("mount twice", request => request.OCI.Mounts.Add(request.OCI.Mounts[3].Clone())),
        ("mount's options", request => request.OCI.Mounts[0].Options.Add("exec")),
        ("mount's source", request => request.OCI.Mounts[2].Source = "/etc/shadow"),
        ("mount's source inside", request => request.OCI.Mounts[2].Source = "/x" + request.OCI.Mounts[2].Source + "/y"),
        ("hooks", request => request.OCI.Hooks = new Protocols.Oci.Hooks()),
        ("seccomp", request => request.OCI.Linux.Seccomp = new LinuxSeccomp()),
        ("namespace", request => request.OCI.Linux.Namespaces[0].Path = "/proc/1/ns/ipc"),
        ("masked path less", request => request.OCI.Linux.MaskedPaths.RemoveAt(0)),
        ("device", request => request.OCI.Linux.Devices.Add(new LinuxDevice { Path = "/dev/mem", Type = "c", Major = 1, Minor = 1 })),
        ("device of the agent", request => request.Devices.Add(new Device { Id = "x" })),
        ("storage's driver", request => request.Storages[0].Driver = "virtio-fs"),
        ("storage's source", request => request.Storages[0].Source = "02/01\n"),
        ("storage's mount point", request => request.Storages[0].MountPoint = "/run/kata-containers/sandbox/storage/x"),
        ("storage's options", request => request.Storages[0].DriverOptions.Clear()),
        ("storage more", request => request.Storages.Add(request.Storages[0].Clone())),
        ("shared mount", request => request.SharedMounts.Add(new SharedMount { Name = "x" })),
        ("pid namespace", request => request.SandboxPidns = true),
        ("string user", request => request.StringUser = new StringUser { Uid = "root" }),
        ("annotation", request => request.OCI.Annotations["io.katacontainers.config.x"] = "y"),
        ("sandbox", request => request.OCI.Annotations["io.kubernetes.cri.sandbox-id"] = "x" + PodRequests.SandboxId),
        ("no specification", request => request.OCI = null),
    ];

    private async Task UseAsync(string more = "") => await _gate.SetAsync(
        new SetPolicyRequest { Policy = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Policy", "pod.rego"), Token) + "\n" + more }, Token);

    private async Task RunsAsync<TRequest>(TRequest request)
        where TRequest : class, IMessage<TRequest>, new()
    {
        bool served = false;
        await _gate.RunAsync(FakeCalls.Of(request), () =>
        {
            served = true;
            return Task.CompletedTask;
        });
        Assert.True(served);
    }

    private async Task<KataException> BlockedAsync<TRequest>(TRequest request)
        where TRequest : class, IMessage<TRequest>, new()
    {
        KataException error = await Assert.ThrowsAsync<KataException>(() => _gate.RunAsync(FakeCalls.Of(request), () => throw new InvalidOperationException($"{request} was served")));
        Assert.Equal(ErrorCode.PermissionDenied, error.Code);
        return error;
    }
}
