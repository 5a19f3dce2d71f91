using Kata.Testing.Builds;
using Kata.Testing.Containerd;

namespace Kata.Bench;

/// <summary>What is measured, in which order, and against what.</summary>
internal static class BenchPlan
{
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
    }

    private static async Task TtrpcAsync(Report report, int runs, CancellationToken cancel)
    {
        await using var bench = await TtrpcBench.StartAsync(cancel);
        report.Add(await Sampler.SampleAsync("ttRPC round trip, serial", "µs", runs, () => bench.SerialAsync(5000, cancel)) with { Budget = 25 });
        report.Add(await Sampler.SampleAsync("ttRPC round trip, 64 concurrent, per call", "µs", runs, () => bench.ConcurrentAsync(64, 20000, cancel)));
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
            with { Budget = 1.2 * runc.Median, BudgetReason = "1.2 × runc's" });
    }

    private static async Task ContainerdAsync(Report report, int runs, string configuration, Measurement bare, CancellationToken cancel)
    {
        await using PrivateContainerd containerd = await PrivateContainerd.StartAsync(cancel);
        var bench = new ContainerdBench(containerd, configuration);
        report.Add(await Sampler.SampleAsync("ctr run --rm … true, runc", "ms", runs, () => bench.RunAsync(kata: false, cancel)));
        report.Add(await Sampler.SampleAsync("ctr run --rm … true, ours", "ms", runs, () => bench.RunAsync(kata: true, cancel))
            with { Budget = bare.Median + 100, BudgetReason = "bare boot + 100 ms" });

        Measurement? runcExec = null;
        await bench.WithContainerAsync(kata: false, async id =>
        {
            report.Add(new Measurement("shim memory (PSS), one container, runc's", "MB", [ContainerdBench.ShimMemory(id, "containerd-shim-runc-v2")]));
            runcExec = await Sampler.SampleAsync("ctr task exec … true, runc", "ms", runs, () => bench.ExecAsync(id, cancel));
            report.Add(runcExec);
            report.Add(await Sampler.SampleAsync("stdout through the shim, runc", "MB/s", 3, () => bench.StdoutAsync(id, 100, cancel)));
        }, cancel);
        await bench.WithContainerAsync(kata: true, async id =>
        {
            report.Add(new Measurement("shim memory (PSS), one container, ours", "MB", [ContainerdBench.ShimMemory(id, "containerd-shim-kata-v2")]) { Budget = 8 });
            report.Add(await Sampler.SampleAsync("ctr task exec … true, ours", "ms", runs, () => bench.ExecAsync(id, cancel))
                with { Budget = runcExec!.Median, BudgetReason = "runc's" });
            report.Add(await Sampler.SampleAsync("stdout through the shim, ours", "MB/s", 3, () => bench.StdoutAsync(id, 100, cancel)));
        }, cancel);
    }
}
