using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kata.Bench;

/// <summary>Prints the measurements as they come and writes them all as JSON at the end.</summary>
internal sealed class Report
{
    private readonly List<Measurement> _rows = [];

    public static void Head() => Console.WriteLine($"{"what",-52} {"median",9} {"min",9} {"max",9} unit   {"budget",9}");

    public void Add(Measurement row)
    {
        _rows.Add(row);
        string budget = row.Budget is { } b ? Number(b) : string.Empty;
        string verdict = row.Kept switch { true => "ok", false => "MISSED", null => string.Empty };
        Console.WriteLine($"{row.Name,-52} {Number(row.Median),9} {Number(row.Min),9} {Number(row.Max),9} {row.Unit,-6} {budget,9} {verdict,-7}{row.BudgetReason}");
    }

    public void Write(string path)
    {
        var rows = new JsonArray();
        foreach (Measurement row in _rows)
        {
            rows.Add(new JsonObject
            {
                ["name"] = row.Name,
                ["unit"] = row.Unit,
                ["median"] = row.Median,
                ["values"] = new JsonArray([.. row.Values.Select(v => JsonValue.Create(v))]),
                ["budget"] = row.Budget,
                ["budgetReason"] = row.BudgetReason,
                ["kept"] = row.Kept,
            });
        }

        var document = new JsonObject
        {
            ["processors"] = Environment.ProcessorCount,
            ["kernel"] = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            ["measurements"] = rows,
        };
        File.WriteAllText(path, document.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        Console.WriteLine($"written to {path}");
    }

    private static string Number(double value) => value.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);
}
