namespace Kata.Vm.Tests.Comparisons;

/// <summary>
/// The same bundles run by Debian's runc on the host and by our agent in a guest: <c>cases.json</c> has them, and the reasons of the differences that are
/// meant. A case whose results are the same although it says that they differ fails too, so that the list stays true.
/// </summary>
public sealed class ComparisonTests(ComparisonVm both) : IClassFixture<ComparisonVm>
{
    private static int _runs;

    public static TheoryData<string> Names { get; } = [.. ComparisonCase.All.Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Agent_SameBundle_DoesWhatRuncDoes(string name)
    {
        ComparisonCase theCase = ComparisonCase.All.Single(entry => entry.Name == name);

        Outcome runc = await RunAsync(theCase, both.Runc.RunAsync);
        Outcome agent = await RunAsync(theCase, both.Agent.RunAsync);

        string differences = $"runc:\n{runc}agent:\n{agent}";
        TestContext.Current.TestOutputHelper?.WriteLine(runc.Compared == agent.Compared ? $"{name}: the same\n{agent}" : $"{name}: {theCase.Differs}\n{differences}");
        if (theCase.Differs is { } reason)
        {
            Assert.True(runc.Compared != agent.Compared, $"no difference any more, although cases.json says: {reason}\n{agent}");
        }
        else
        {
            Assert.True(runc.Compared == agent.Compared, differences);
        }
    }

    private static async Task<Outcome> RunAsync(ComparisonCase theCase, Func<string, ComparisonCase, CancellationToken, Task<Outcome>> run)
    {
        string id = $"c{Interlocked.Increment(ref _runs)}";
        Outcome first = await run(id, theCase, TestContext.Current.CancellationToken);
        if (theCase.After is { } script)
        {
            var after = new ComparisonCase("after", ComparisonCase.Base(ComparisonCase.Shell(script)).ToJsonString(), [], null, null);
            Outcome second = await run(id + "-after", after, TestContext.Current.CancellationToken);
            first = first with { Text = first.Text + second };
        }

        return first with { Text = first.Text.Replace(id, "ID", StringComparison.Ordinal) };
    }
}
