using Kata.Bench;
using Kata.Testing.Builds;

// Kata.Bench [RUNS [guest|channel]]: everything side by side in one run on one machine, so that ratios mean something; or only the agent, or the channel to it.
int runs = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 10;
using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(30));
CancellationToken cancel = stop.Token;
string work = Directory.CreateTempSubdirectory("kata-b").FullName;
try
{
    var report = new Report();
    Report.Head();
    if (args is [_, "channel"])
    {
        await BenchPlan.ChannelAsync(report, runs);
        return;
    }

    if (args is [_, "guest"])
    {
        await BenchPlan.GuestAsync(report);
        await BenchPlan.ChannelAsync(report, runs);
        return;
    }

    await BenchPlan.RunAsync(report, runs, BuildOutput.WriteConfiguration(work), cancel);
    report.Write(Path.Combine(BuildOutput.Root, "out/bench.json"));
}
finally
{
    Directory.Delete(work, recursive: true);
}
