using System.Text.Json;
using Kata.Testing.Builds;
using Kata.Testing.Commands;

namespace Kata.Bench;

/// <summary>Runs <c>Kata.Bench.Ttrpc</c>, compiled ahead of time as what users run is, and makes rows of what it prints.</summary>
internal static class TtrpcRows
{
    private const string Program = "out/publish/bench-ttrpc/Kata.Bench.Ttrpc";

    /// <summary>Measures.</summary>
    /// <param name="runs">How often.</param>
    public static async Task<IReadOnlyList<Measurement>> MeasureAsync(int runs, CancellationToken cancellationToken)
    {
        var echo = new List<double>();
        var serial = new List<double>();
        var concurrent = new List<double>();
        for (int i = 0; i < runs; i++)
        {
            CommandResult result = (await Command.RunAsync(Path.Combine(BuildOutput.Root, Program), [], null, cancellationToken)).EnsureSuccess();
            using JsonDocument figures = JsonDocument.Parse(result.Output);
            echo.Add(figures.RootElement.GetProperty("echoMedian").GetDouble());
            serial.Add(figures.RootElement.GetProperty("serialMedian").GetDouble());
            concurrent.Add(figures.RootElement.GetProperty("concurrentPerCall").GetDouble());
        }

        return
        [
            new Measurement("raw echo over the same kind of socket", "µs", echo),
            new Measurement("ttRPC round trip, serial", "µs", serial) { Budget = 25 },
            new Measurement("ttRPC round trip, 64 concurrent, per call", "µs", concurrent),
        ];
    }
}
