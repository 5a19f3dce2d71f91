namespace Kata.Vm.Tests.Comparisons;

/// <summary>The comparisons once more with a guest of cgroup v2, the default, whatever the host has: all that do not read files of one version.</summary>
public sealed class UnifiedComparisonTests(UnifiedComparisonTests.Vm both) : IClassFixture<UnifiedComparisonTests.Vm>
{
    private static readonly string[] OfOneVersion = ["mounts/cgroup", "cgroups/memory", "cgroups/pids", "cgroups/pids-unlimited", "cgroups/cpu"];

    public static TheoryData<string> Names { get; } = [.. ComparisonTests.Names.Select(row => row.Data).Except(OfOneVersion)];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Agent_SameBundle_DoesWhatRuncDoes(string name) => new ComparisonTests(both).Agent_SameBundle_DoesWhatRuncDoes(name);

    public sealed class Vm() : ComparisonVm(unified: true);
}
