using System.Diagnostics;
using Kata.Testing.Builds;
using Kata.Testing.Containerd;

namespace Kata.Bench;

/// <summary>What is measured, in which order, and against what.</summary>
internal static class BenchPlan
{
    private const int ChannelMachines = 3;

    // A shim gives memory back once nothing has happened for 2 s.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(4);

    public static async Task RunAsync(Report report, int runs, string configuration, CancellationToken cancel)
    {
        await TtrpcAsync(report, runs, cancel);
        await VersionsAsync(report, runs, cancel);
        await ShimStartAsync(report, runs, cancel);

        using var boot = new BareBoot();
        await boot.PrepareAsync(cancel);
        Measurement bare = await Sampler.SampleAsync("bare QEMU boot of the kernel to a trivial init", "ms", runs, () => boot.BootAsync(cancel));
        report.Add(bare);
        report.Add(await Sampler.CommandAsync("kata-runtime run --rm … true", runs, BuildOutput.Runtime, ["run", "--config", configuration, "--rm", BuildOutput.ImageLayout, "--", "true"], cancel));
        await ContainerdAsync(report, runs, configuration, bare, cancel);
        await GuestAsync(report);
        await ChannelAsync(report, runs: 5);
    }

    private static async Task TtrpcAsync(Report report, int runs, CancellationToken cancel)
    {
        foreach (Measurement row in await TtrpcRows.MeasureAsync(Math.Min(runs, 5), cancel))
        {
            report.Add(row);
        }
    }

    private static async Task VersionsAsync(Report report, int runs, CancellationToken cancel)
    {
        report.Add(await Sampler.CommandAsync("kata-runtime --version", runs, BuildOutput.Runtime, ["--version"], cancel) with { Budget = 5 });
        report.Add(await Sampler.CommandAsync("containerd-shim-kata-v2 --version", runs, BuildOutput.Shim, ["--version"], cancel) with { Budget = 5 });
    }

    private static async Task ShimStartAsync(Report report, int runs, CancellationToken cancel)
    {
        Measurement runc = await Sampler.SampleAsync("shim start, runc's", "ms", runs, () => ShimStartBench.StartAsync("/usr/bin/containerd-shim-runc-v2", cancel));
        report.Add(runc);
        report.Add(await Sampler.SampleAsync("shim start, ours", "ms", runs, () => ShimStartBench.StartAsync(BuildOutput.Shim, cancel))
            with
        { Budget = 1.2 * runc.Median, BudgetReason = "1.2 × runc's" });
    }

    private static async Task ContainerdAsync(Report report, int runs, string configuration, Measurement bare, CancellationToken cancel)
    {
        await using PrivateContainerd containerd = await PrivateContainerd.StartAsync(cancel);
        var bench = new ContainerdBench(containerd, configuration);
        report.Add(await Sampler.SampleAsync("ctr run --rm … true, runc", "ms", runs, () => bench.RunAsync(kata: false, cancel)));
        report.Add(await Sampler.SampleAsync("ctr run --rm … true, ours", "ms", runs, () => bench.RunAsync(kata: true, cancel))
            with
        { Budget = bare.Median + 100, BudgetReason = "bare boot + 100 ms" });

        Measurement? runcExec = null;
        await bench.WithContainerAsync(kata: false, async id =>
        {
            report.Add(new Measurement("shim memory (PSS), one container, runc's", "MB", [ContainerdBench.ShimMemory(id, "containerd-shim-runc-v2")]));
            runcExec = await Sampler.SampleAsync("ctr task exec … true, runc", "ms", runs, () => bench.ExecAsync(id, cancel));
            report.Add(runcExec);
            report.Add(await Sampler.SampleAsync("stdout through the shim, runc", "MB/s", 3, () => bench.StdoutAsync(id, 100, cancel)));
            report.Add(await Sampler.SampleAsync("stdin through the shim, runc", "MB/s", 3, () => bench.StdinAsync(id, 100, cancel)));
        }, cancel);
        await bench.WithContainerAsync(kata: true, async id =>
        {
            report.Add(new Measurement("shim memory (PSS), right after the start, ours", "MB", [ContainerdBench.ShimMemory(id, "containerd-shim-kata-v2")]));
            await Task.Delay(Settling, cancel);
            report.Add(new Measurement("shim memory (PSS), one container, ours", "MB", [ContainerdBench.ShimMemory(id, "containerd-shim-kata-v2")]) { Budget = 8 });
            report.Add(await Sampler.SampleAsync("ctr task exec … true, ours", "ms", runs, () => bench.ExecAsync(id, cancel))
                with
            { Budget = runcExec!.Median, BudgetReason = "runc's" });
            report.Add(await Sampler.SampleAsync("stdout through the shim, ours", "MB/s", 3, () => bench.StdoutAsync(id, 100, cancel)));
            report.Add(await Sampler.SampleAsync("stdin through the shim, ours", "MB/s", 3, () => bench.StdinAsync(id, 100, cancel)));
        }, cancel);
    }

    /// <summary>The rows of the agent alone.</summary>
    public static async Task GuestAsync(Report report)
    {
        const int Cycles = 1000;
        await using var guest = new GuestBench();
        await guest.StartAsync();
        report.Add(new Measurement("agent memory (RSS) in the guest, one idle container", "MB", [await guest.MemoryAsync()]) { Budget = 8 });
        await guest.ExecAsync(Cycles * 6 / 10); // until the collector's first generation, a fixed size, has all been used
        double before = await guest.HeapAsync();
        int descriptors = await guest.DescriptorsAsync();
        var clock = Stopwatch.StartNew();
        await guest.ExecAsync(Cycles);
        report.Add(new Measurement("exec of true through the agent", "ms", [clock.Elapsed.TotalMilliseconds / Cycles]));
        report.Add(new Measurement($"agent memory growth (RssAnon) over {Cycles} execs", "kB", [(await guest.HeapAsync() - before) * 1000]) { Budget = 500 });

        report.Add(new Measurement("agent memory (RssAnon) for each further container", "kB", [await guest.PerContainerAsync(20)]) { Budget = 100 });
        report.Add(new Measurement($"agent descriptors more after {Cycles} execs", "", [await guest.DescriptorsAsync() - descriptors]) { Budget = 0 });

        (Measurement bare, Measurement start) = await Sampler.InTurnAsync(
            "ms",
            9,
            ("unshare … chroot … true in the guest, processor time", () => guest.BareTimeAsync(30)),
            ("create and start a container, processor time", () => guest.StartTimeAsync(30)));
        report.Add(bare);
        report.Add(start with { Budget = bare.Median + 10, BudgetReason = "unshare + 10 ms" });
        report.Add(await Sampler.SampleAsync("create, start, wait and remove a container, processor time", "ms", 3, () => guest.ContainerTimeAsync(30)));
        report.Add(await Sampler.SampleAsync("exec of true through the agent, processor time", "ms", 3, () => guest.ExecTimeAsync(30)));
    }

    /// <summary>
    /// The rows of the channel to the agent alone, in several VMs: how the threads of a channel share the processors often lasts as long as its VM does.
    /// </summary>
    /// <param name="report">Where they go.</param>
    /// <param name="runs">How often each is measured in each VM.</param>
    public static async Task ChannelAsync(Report report, int runs)
    {
        var raw = new List<Measurement>();
        var output = new List<Measurement>();
        var input = new List<Measurement>();
        for (int machine = 0; machine < ChannelMachines; machine++)
        {
            await using var guest = new GuestBench();
            await guest.StartAsync();
            (Measurement first, Measurement second) = await Sampler.InTurnAsync(
                "MB/s", runs, ("virtio-serial port, guest to host, raw", () => guest.RawAsync(100)), ("stdout through the agent", () => guest.StdoutAsync(100)));
            raw.Add(first);
            output.Add(second);
            input.Add(await Sampler.SampleAsync("stdin through the agent", "MB/s", runs, () => guest.StdinAsync(100)));
        }

        Measurement port = Measurement.Of(raw);
        report.Add(port);
        report.Add(Measurement.Of(output) with { Budget = port.Median / 2, BudgetReason = "half the raw port", MoreIsBetter = true });
        report.Add(Measurement.Of(input));
    }
}
