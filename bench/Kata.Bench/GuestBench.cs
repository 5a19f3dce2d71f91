using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Kata.Linux.Sockets;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Runtime.Containers;
using Kata.Testing.Agents;
using Kata.Vm.Tests.Guests;

namespace Kata.Bench;

/// <summary>What the agent costs in a guest, without shim and containerd: memory, a container's start, and the channel it shares with nothing else.</summary>
internal sealed class GuestBench : IAsyncDisposable
{
    private const string Looker = "look";
    private const string RawPort = "raw";
    private const int RawRead = 256 * 1024;
    private const int LargestRead = GuestProcess.MaxRead;
    private const int LargestWrite = GuestProcess.MaxWrite;

    private readonly AgentVm _vm = new();
    private int _next;

    /// <summary>Boots, and starts the one container from which the others are looked at.</summary>
    public async Task StartAsync()
    {
        string socket = Path.Combine(_vm.HostDirectory, RawPort);
        string[] port =
        [
            "-chardev", $"socket,id=raw,path={socket},server=on,wait=off", "-device", "virtio-serial-pci,disable-legacy=on,id=serial1,max_ports=2",
            "-device", "virtserialport,bus=serial1.0,nr=1,chardev=raw,name=raw.0",
        ];
        foreach (string argument in port)
        {
            _vm.Arguments.Add(argument);
        }

        await _vm.BootAsync();
        Spec spec = _vm.Containers.NewSpec(Looker, "sh", "-c", "while read _; do grep -E '^(VmRSS|RssAnon):' /mnt/1/status; echo; done");
        GuestContainers.AddBind(spec, "/proc", "/mnt", "rbind", "ro");
        GuestContainers.AddBind(spec, "/dev", "/data", "rbind");
        GuestContainers.AddBind(spec, AgentVm.Rootfs, "/tmp", "rbind");
        foreach (string capability in (string[])["CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE"])
        {
            spec.Process.Capabilities.Bounding.Add(capability);
            spec.Process.Capabilities.Effective.Add(capability);
            spec.Process.Capabilities.Permitted.Add(capability);
        }

        spec.Linux.Resources = new LinuxResources { Devices = { new LinuxDeviceCgroup { Allow = true, Access = "rwm" } } };
        await StartAsync(Looker, spec);
    }

    /// <summary>The agent's resident memory, idle.</summary>
    /// <returns>MB.</returns>
    public Task<double> MemoryAsync() => IdleMemoryAsync("VmRSS");

    /// <summary>The part of it that grows if anything does: heap, stacks and changed data, without the code, of which more or less is in memory.</summary>
    /// <returns>MB.</returns>
    public Task<double> HeapAsync() => IdleMemoryAsync("RssAnon");

    /// <summary>The agent's open descriptors.</summary>
    public async Task<int> DescriptorsAsync() =>
        int.Parse(await LookAsync(GuestContainers.CountDescriptors.Replace("/hostproc/", "/mnt/", StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    /// <summary>What each further container that only sleeps adds to the agent's memory: after the second one, with which what is there once comes along.</summary>
    /// <returns>kB.</returns>
    public async Task<double> PerContainerAsync(int count)
    {
        string[] ids = [.. Enumerable.Range(0, count + 1).Select(_ => NextId())];
        await StartAsync(ids[0], _vm.Containers.NewSpec(ids[0], "sleep", "3600"));
        double before = await HeapAsync();
        foreach (string id in ids[1..])
        {
            await StartAsync(id, _vm.Containers.NewSpec(id, "sleep", "3600"));
        }

        double after = await HeapAsync();
        foreach (string id in ids)
        {
            await _vm.Containers.RemoveAsync(id);
        }

        return (after - before) * 1000 / count;
    }

    /// <summary>Runs <c>true</c> in the container again and again.</summary>
    public async Task ExecAsync(int cycles)
    {
        for (int i = 0; i < cycles; i++)
        {
            await _vm.Containers.ExecAsync(Looker, NextId(), "true");
        }
    }

    /// <summary>The processor time of making and starting a container whose program ends at once: both calls, all of the set-up, and the program.</summary>
    /// <returns>Milliseconds each, of everything in the guest.</returns>
    public async Task<double> StartTimeAsync(int count)
    {
        string[] ids = [.. Enumerable.Range(0, count).Select(_ => NextId())];
        TimeSpan before = _vm.ProcessorTime;
        foreach (string id in ids)
        {
            await StartAsync(id, _vm.Containers.NewSpec(id, "true"));
        }

        TimeSpan after = _vm.ProcessorTime;
        foreach (string id in ids)
        {
            await _vm.Containers.RemoveAsync(id);
        }

        return (after - before).TotalMilliseconds / count;
    }

    /// <summary>The processor time of making, starting and removing a container that ends at once.</summary>
    /// <returns>Milliseconds each, of everything in the guest.</returns>
    public async Task<double> ContainerTimeAsync(int count)
    {
        TimeSpan before = _vm.ProcessorTime;
        for (int i = 0; i < count; i++)
        {
            string id = NextId();
            await StartAsync(id, _vm.Containers.NewSpec(id, "true"));
            await _vm.Agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = id });
            await _vm.Containers.RemoveAsync(id);
        }

        return (_vm.ProcessorTime - before).TotalMilliseconds / count;
    }

    /// <summary>The processor time of running <c>true</c> in the container, output and end fetched.</summary>
    /// <returns>Milliseconds each, of everything in the guest.</returns>
    public async Task<double> ExecTimeAsync(int count)
    {
        TimeSpan before = _vm.ProcessorTime;
        await ExecAsync(count);
        return (_vm.ProcessorTime - before).TotalMilliseconds / count;
    }

    /// <summary>The processor time of <c>unshare … chroot … true</c>, in the same new namespaces but for the one of cgroups, which busybox cannot make.</summary>
    /// <returns>Milliseconds each, of everything in the guest.</returns>
    public async Task<double> BareTimeAsync(int count)
    {
        TimeSpan before = _vm.ProcessorTime;
        await LookAsync($"for i in $(seq {count}); do busybox unshare -m -u -i -p -f busybox chroot /tmp /bin/true; done");
        return (_vm.ProcessorTime - before).TotalMilliseconds / count;
    }

    /// <summary>Throughput of a virtio-serial port that a process of the guest writes to without us in between.</summary>
    /// <returns>MB/s.</returns>
    public async Task<double> RawAsync(int megabytes)
    {
        using Socket host = UnixSockets.Connect(Path.Combine(_vm.HostDirectory, RawPort));
        string port = await LookAsync("grep -l raw.0 /sys/class/virtio-ports/*/name | cut -d/ -f5");
        Task<string> writing = LookAsync($"dd if=/dev/zero of=/data/{port} bs=64k count={megabytes * 16} 2>/dev/null");
        byte[] buffer = new byte[RawRead];
        long received = await host.ReceiveAsync(buffer);
        var clock = Stopwatch.StartNew();
        while (received < megabytes * 1024L * 1024)
        {
            received += await host.ReceiveAsync(buffer);
        }

        double seconds = clock.Elapsed.TotalSeconds;
        await writing;
        return received / 1e6 / seconds;
    }

    /// <summary>Throughput of a process's standard output through the agent.</summary>
    /// <returns>MB/s.</returns>
    public async Task<double> StdoutAsync(int megabytes)
    {
        string exec = NextId();
        Kata.Protocols.Oci.Process process = _vm.Containers.NewSpec(Looker, "sh", "-c", $"exec dd if=/dev/zero bs=64k count={megabytes * 16} 2>/dev/null").Process;
        await _vm.Agent.ExecProcessAsync(new ExecProcessRequest { ContainerId = Looker, ExecId = exec, Process = process });
        var request = new ReadStreamRequest { ContainerId = Looker, ExecId = exec, Len = LargestRead };
        long received = await ReadAsync(request);
        var clock = Stopwatch.StartNew();
        while (await ReadAsync(request) is > 0 and var count)
        {
            received += count;
        }

        double seconds = clock.Elapsed.TotalSeconds;
        await _vm.Agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = Looker, ExecId = exec });
        return received == megabytes * 1024L * 1024 ? received / 1e6 / seconds : throw new InvalidOperationException($"got {received} bytes of {megabytes} MiB");
    }

    /// <summary>Throughput of a process's standard input through the agent.</summary>
    /// <returns>MB/s.</returns>
    public async Task<double> StdinAsync(int megabytes)
    {
        string exec = NextId();
        Kata.Protocols.Oci.Process process = _vm.Containers.NewSpec(Looker, "sh", "-c", "exec dd of=/dev/null bs=64k 2>/dev/null").Process;
        await _vm.Agent.ExecProcessAsync(new ExecProcessRequest { ContainerId = Looker, ExecId = exec, Process = process });
        var request = new WriteStreamRequest { ContainerId = Looker, ExecId = exec, Data = Google.Protobuf.ByteString.CopyFrom(new byte[LargestWrite]) };
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < megabytes * 4; i++)
        {
            await _vm.Agent.WriteStdinAsync(request);
        }

        await _vm.Agent.CloseStdinAsync(new CloseStdinRequest { ContainerId = Looker, ExecId = exec });
        await _vm.Agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = Looker, ExecId = exec });
        return megabytes * 1.048576 / clock.Elapsed.TotalSeconds;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _vm.DisposeAsync();

    // As our shim does.
    private async Task<int> ReadAsync(ReadStreamRequest request)
    {
        using IMemoryOwner<byte> piece = await _vm.Output.ReadStdoutAsync(request, default);
        return piece.Memory.Length;
    }

    // The agent gives back code and heap two seconds after it last started a process. A process that runs already looks: to start one brings half in again.
    private async Task<double> IdleMemoryAsync(string kind)
    {
        await Task.Delay(TimeSpan.FromSeconds(3));
        var newline = Google.Protobuf.ByteString.CopyFromUtf8("\n");
        await _vm.Agent.WriteStdinAsync(new WriteStreamRequest { ContainerId = Looker, ExecId = Looker, Data = newline });
        string seen = string.Empty;
        while (!seen.EndsWith("\n\n", StringComparison.Ordinal))
        {
            seen += (await _vm.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = Looker, ExecId = Looker, Len = 4096 })).Data.ToStringUtf8();
        }

        string line = seen.Split('\n').First(line => line.StartsWith(kind, StringComparison.Ordinal));
        return double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }

    private async Task StartAsync(string id, Spec spec) =>
        await _vm.Containers.StartAsync(new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = spec });

    private async Task<string> LookAsync(string script)
    {
        string exec = NextId();
        Kata.Protocols.Oci.Process process = _vm.Containers.NewSpec(Looker, "sh", "-c", script).Process;
        foreach (string capability in (string[])["CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE"])
        {
            process.Capabilities.Bounding.Add(capability);
            process.Capabilities.Effective.Add(capability);
            process.Capabilities.Permitted.Add(capability);
        }

        await _vm.Agent.ExecProcessAsync(new ExecProcessRequest { ContainerId = Looker, ExecId = exec, Process = process });
        Task<string> output = _vm.Containers.ReadToEndAsync(Looker, exec);
        string error = await _vm.Containers.ReadToEndAsync(Looker, exec, error: true);
        int code = (await _vm.Agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = Looker, ExecId = exec })).Status;
        return code == 0 ? (await output).Trim() : throw new InvalidOperationException($"'{script}' ended with {code}: {error}");
    }

    private string NextId() => $"b{Interlocked.Increment(ref _next)}";
}
