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
}
