using Kata.Client.Tests.Cri.Protocol;
using Kata.Client.Tests.Host;

namespace Kata.Client.Tests.Cri;

/// <summary>A pod of a test. Disposing stops and removes it.</summary>
internal sealed class CriPod(CriFixture fixture, string id, PodSandboxConfig config) : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private bool _removed;

    /// <summary>The id containerd gave it.</summary>
    internal string Id => id;

    private RuntimeService.RuntimeServiceClient Client => fixture.Client;

    /// <summary>The machines that run it.</summary>
    internal List<ProcessEntry> Machines() =>
        ProcessTable.Read().FindAll(entry => entry.Name.StartsWith("qemu-system", StringComparison.Ordinal) && entry.CommandLine.Contains(id, StringComparison.Ordinal));

    /// <summary>Makes a container that is not started.</summary>
    /// <returns>Its id.</returns>
    internal async Task<string> CreateAsync(string name, string[] command, Action<ContainerConfig>? change = null)
    {
        var container = new ContainerConfig
        {
            Metadata = new ContainerMetadata { Name = name },
            Image = new ImageSpec { Image = "localhost/busybox:latest" },
            LogPath = $"{name}.log",
            Linux = new LinuxContainerConfig
            {
                Resources = new LinuxContainerResources(),
                SecurityContext = new LinuxContainerSecurityContext
                {
                    NamespaceOptions = new NamespaceOption { Pid = NamespaceMode.Container },
                    Seccomp = new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.Unconfined },
                },
            },
        };
        container.Command.AddRange(command);
        change?.Invoke(container);
        var request = new CreateContainerRequest { PodSandboxId = id, Config = container, SandboxConfig = config };
        return (await Client.CreateContainerAsync(request, CriFixture.Options())).ContainerId;
    }

    /// <summary>Makes a container and starts it.</summary>
    /// <returns>Its id.</returns>
    internal async Task<string> StartAsync(string name, string[] command, Action<ContainerConfig>? change = null)
    {
        string container = await CreateAsync(name, command, change);
        await StartAsync(container);
        return container;
    }

    /// <summary>Starts a container.</summary>
    internal async Task StartAsync(string container) => await Client.StartContainerAsync(new StartContainerRequest { ContainerId = container }, CriFixture.Options());

    /// <summary>Runs a program in a container.</summary>
    internal async Task<(int Code, string Output, string Error)> ExecAsync(string container, params string[] command)
    {
        var request = new ExecSyncRequest { ContainerId = container, Timeout = 60 };
        request.Cmd.AddRange(command);
        ExecSyncResponse response = await Client.ExecSyncAsync(request, CriFixture.Options());
        return (response.ExitCode, response.Stdout.ToStringUtf8(), response.Stderr.ToStringUtf8());
    }

    /// <summary>What a program in a container printed; it must succeed.</summary>
    internal async Task<string> ReadAsync(string container, params string[] command)
    {
        (int code, string output, string error) = await ExecAsync(container, command);
        Assert.True(code == 0, $"'{string.Join(' ', command)}' ended with {code}: {error}{output}");
        return output;
    }

    /// <summary>The status of a container.</summary>
    internal async Task<ContainerStatus> StatusAsync(string container) =>
        (await Client.ContainerStatusAsync(new ContainerStatusRequest { ContainerId = container }, CriFixture.Options())).Status;

    /// <summary>Waits until a container has ended.</summary>
    internal async Task<ContainerStatus> EndAsync(string container)
    {
        ContainerStatus? status = null;
        await ClientFixture.WaitUntilAsync(
            "the container has exited", async () => (status = await StatusAsync(container)).State == ContainerState.ContainerExited, Soon);
        return status!;
    }

    /// <summary>What the pod's containers wrote, as the kubelet finds it.</summary>
    internal string LogOf(string name) => File.ReadAllText(Path.Combine(config.LogDirectory, $"{name}.log"));

    /// <summary>Stops a container.</summary>
    internal async Task StopAsync(string container, TimeSpan grace) =>
        await Client.StopContainerAsync(new StopContainerRequest { ContainerId = container, Timeout = (long)grace.TotalSeconds }, CriFixture.Options());

    /// <summary>Removes a container.</summary>
    internal async Task RemoveAsync(string container) => await Client.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = container }, CriFixture.Options());

    /// <summary>The state of the pod.</summary>
    internal async Task<PodSandboxStatus> PodAsync() =>
        (await Client.PodSandboxStatusAsync(new PodSandboxStatusRequest { PodSandboxId = id }, CriFixture.Options())).Status;

    /// <summary>Stops the pod.</summary>
    internal async Task StopAsync() => await Client.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = id }, CriFixture.Options());

    /// <summary>Stops and removes the pod.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_removed)
        {
            return;
        }

        _removed = true;
        await StopAsync();
        await Client.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = id }, CriFixture.Options());
        CriFixture.RemoveCgroup(config.Linux.CgroupParent);
    }
}
