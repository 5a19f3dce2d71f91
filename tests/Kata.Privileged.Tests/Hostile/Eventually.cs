namespace Kata.Privileged.Tests.Hostile;

/// <summary>Waits until an agent holds nothing that it did not hold before: what ends in the background needs a moment.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>Fails, with the differences, when it does not come to that.</summary>
    public static async Task HoldsAsync(ConfinedAgent agent, IReadOnlyList<string> before)
    {
        DateTime deadline = DateTime.UtcNow + Longest;
        List<string> differences = Differences(before, agent.Holdings());
        while (differences.Count > 0 && DateTime.UtcNow < deadline)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            differences = Differences(before, agent.Holdings());
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences.Concat(agent.Log.Where(line => !line.Contains("\"INFO\"", StringComparison.Ordinal) && !line.Contains("\"request ", StringComparison.Ordinal)).TakeLast(20))));
    }

    private static List<string> Differences(IReadOnlyList<string> before, IReadOnlyList<string> after)
    {
        var more = new List<string>(after);
        var differences = new List<string>();
        foreach (string held in before)
        {
            if (!more.Remove(held))
            {
                differences.Add("gone: " + held);
            }
        }

        return [.. differences, .. more.Select(held => "left: " + held)];
    }
}
