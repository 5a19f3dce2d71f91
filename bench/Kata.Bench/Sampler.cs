using Kata.Testing.Commands;

namespace Kata.Bench;

/// <summary>Takes the same measurement several times, the first one unseen: it warms caches.</summary>
internal static class Sampler
{
    /// <summary>Runs a command repeatedly and takes its wall time.</summary>
    /// <returns>Milliseconds.</returns>
    public static Task<Measurement> CommandAsync(string name, int runs, string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        SampleAsync(name, "ms", runs, async () => (await Command.RunAsync(program, arguments, null, cancellationToken)).EnsureSuccess().Elapsed.TotalMilliseconds);

    /// <summary>Calls a function repeatedly and takes what it returns.</summary>
    public static async Task<Measurement> SampleAsync(string name, string unit, int runs, Func<Task<double>> sample)
    {
        await sample();
        double[] values = new double[runs];
        for (int i = 0; i < runs; i++)
        {
            values[i] = await sample();
        }

        return new Measurement(name, unit, values);
    }

    /// <summary>Takes what is held against each other in turn: what else the machine does meanwhile then counts for both.</summary>
    /// <param name="unit">That of both.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="first">What the other is held against.</param>
    /// <param name="second">The other.</param>
    public static async Task<(Measurement First, Measurement Second)> InTurnAsync(
        string unit, int rounds, (string Name, Func<Task<double>> Sample) first, (string Name, Func<Task<double>> Sample) second)
    {
        await first.Sample();
        await second.Sample();
        double[] firsts = new double[rounds];
        double[] seconds = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            firsts[i] = await first.Sample();
            seconds[i] = await second.Sample();
        }

        return (new Measurement(first.Name, unit, firsts), new Measurement(second.Name, unit, seconds));
    }
}
