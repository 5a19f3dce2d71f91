using System.Globalization;
using Kata.Protocols.Oci;

namespace Kata.Privileged.Tests.Agents;

/// <summary>What the agent costs in a guest. Runs against an agent that is PID 1 only: see <see cref="LiveAgent"/>.</summary>
public sealed class GuestFigures(LiveAgent live) : IClassFixture<LiveAgent>
{
    private const int BudgetKiB = 8 * 1024;

    [Fact]
    [Trait("where", "guest")]
    public async Task Memory_OneIdleContainer_IsWithinTheBudget()
    {
        Assert.SkipWhen(LiveAgent.Elsewhere is null, "needs an agent in a VM");
        await live.CreateAsync("idle", live.NewSpec("idle", "sleep", "1000"));
        await live.StartAsync("idle");
        Spec spec = live.NewSpec("look", "sh", "-c", "grep -E 'VmRSS|RssAnon|Threads|VmHWM' /guestproc/1/status; cat /guestproc/1/stat; ls /guestproc/1/fd | wc -l");
        spec.Mounts.Add(new Mount { Destination = "/guestproc", Source = "/proc", Type = "bind", Options = { "rbind", "ro" } });

        (_, string output, string error) = await live.RunAsync("look", spec);
        await live.RemoveAsync("idle");

        TestContext.Current.SendDiagnosticMessage(output + error);
        string line = Array.Find(output.Split('\n'), text => text.StartsWith("VmRSS:", StringComparison.Ordinal))!;
        Assert.InRange(int.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture), 1, BudgetKiB);
    }
}
