using System.Text;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;

namespace Kata.Testing.Agents;

/// <summary>Shorthands to run containers through an agent's service, wherever the agent is.</summary>
/// <param name="agent">The agent, with a sandbox.</param>
/// <param name="rootfs">A root file system with busybox, as the agent sees it.</param>
/// <param name="cgroups">The cgroup under which the containers' are made.</param>
public sealed class GuestContainers(AgentService.AgentServiceClient agent, string rootfs, string cgroups)
{
    /// <summary>
    /// A shell command that prints how many descriptors process 1 of the guest has, whose /proc is at /hostproc: the least of many looks, as it opens and closes
    /// some all the time. One that it has lost stays, and is in each of them.
    /// </summary>
    public const string CountDescriptors = "n=9999; for look in $(seq 50); do set -- /hostproc/1/fd/*; [ $# -lt $n ] && n=$#; usleep 2000; done; echo $n";

    private static readonly string[] Capabilities =
        ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID", "CAP_SETGID", "CAP_NET_BIND_SERVICE", "CAP_MKNOD", "CAP_SYS_CHROOT", "CAP_DAC_OVERRIDE", "CAP_FOWNER"];

    /// <summary>A specification as the shim sends it.</summary>
    /// <param name="id">The container.</param>
    /// <param name="args">Its program and arguments.</param>
    public Spec NewSpec(string id, params string[] args)
    {
        var spec = new Spec
        {
            Version = "1.0.2",
            Root = new Root { Path = rootfs },
            Process = new Process
            {
                Args = { args },
                Cwd = "/",
                User = new User(),
                Env = { "PATH=/bin" },
                NoNewPrivileges = true,
                Capabilities = new LinuxCapabilities { Bounding = { Capabilities }, Effective = { Capabilities }, Permitted = { Capabilities } },
            },
            Linux = new Kata.Protocols.Oci.Linux { CgroupsPath = $"{cgroups}/{id}" },
        };
        foreach (string type in (string[])["mount", "ipc", "uts"])
        {
            spec.Linux.Namespaces.Add(new LinuxNamespace { Type = type });
        }

        AddMount(spec, "/proc", "proc", "nosuid", "noexec", "nodev");
        AddMount(spec, "/dev", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k");
        AddMount(spec, "/dev/pts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5");
        AddMount(spec, "/sys", "sysfs", "nosuid", "noexec", "nodev", "ro");
        return spec;
    }

    /// <summary>Adds a mount of a virtual file system.</summary>
    public static void AddMount(Spec spec, string target, string type, params string[] options) =>
        spec.Mounts.Add(new Mount { Destination = target, Type = type, Source = type, Options = { options } });

    /// <summary>Adds a bind mount of something in the guest.</summary>
    public static void AddBind(Spec spec, string source, string target, params string[] options) =>
        spec.Mounts.Add(new Mount { Destination = target, Type = "bind", Source = source, Options = { "bind", options } });

    /// <summary>Creates a container and runs it to its end; it is removed whatever happens.</summary>
    public Task<ContainerRun> RunAsync(string id, Spec spec) => RunAsync(new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = spec });

    /// <inheritdoc cref="RunAsync(string, Spec)"/>
    public async Task<ContainerRun> RunAsync(CreateContainerRequest request)
    {
        string id = request.ContainerId;
        await agent.CreateContainerAsync(request);
        try
        {
            Task<string> output = ReadToEndAsync(id);
            Task<string> error = ReadToEndAsync(id, error: true);
            await agent.StartContainerAsync(new StartContainerRequest { ContainerId = id });
            int code = (await agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = id })).Status;
            return new ContainerRun(code, await output, await error);
        }
        finally
        {
            await RemoveAsync(id);
        }
    }

    /// <summary>Creates and starts a container that goes on running.</summary>
    public async Task StartAsync(CreateContainerRequest request)
    {
        await agent.CreateContainerAsync(request);
        await agent.StartContainerAsync(new StartContainerRequest { ContainerId = request.ContainerId });
    }

    /// <summary>Runs a program in a running container.</summary>
    /// <param name="id">The container.</param>
    /// <param name="exec">A name that was not used before in it.</param>
    /// <param name="args">The program and its arguments.</param>
    public Task<ContainerRun> ExecAsync(string id, string exec, params string[] args) => ExecAsync(id, exec, NewSpec(id, args).Process);

    /// <inheritdoc cref="ExecAsync(string, string, string[])"/>
    public async Task<ContainerRun> ExecAsync(string id, string exec, Process process)
    {
        await agent.ExecProcessAsync(new ExecProcessRequest { ContainerId = id, ExecId = exec, Process = process });
        Task<string> output = ReadToEndAsync(id, exec);
        Task<string> error = ReadToEndAsync(id, exec, error: true);
        int code = (await agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = id, ExecId = exec })).Status;
        return new ContainerRun(code, await output, await error);
    }

    /// <summary>Removes a container, running or not.</summary>
    public async Task RemoveAsync(string id) => await agent.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = id });

    /// <summary>The text of everything a process writes to an output.</summary>
    public async Task<string> ReadToEndAsync(string id, string exec = "", bool error = false) => Encoding.UTF8.GetString(await ReadBytesAsync(id, exec, error));

    /// <summary>Everything a process writes to an output.</summary>
    public async Task<byte[]> ReadBytesAsync(string id, string exec = "", bool error = false)
    {
        var all = new MemoryStream();
        while (true)
        {
            var request = new ReadStreamRequest { ContainerId = id, ExecId = exec, Len = 32 * 1024 };
            ReadStreamResponse response = error ? await agent.ReadStderrAsync(request) : await agent.ReadStdoutAsync(request);
            if (response.Data.IsEmpty)
            {
                return all.ToArray();
            }

            response.Data.WriteTo(all);
        }
    }
}
