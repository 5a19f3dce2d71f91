using System.Globalization;
using System.Text.Json;
using Kata.Bench.Ttrpc;

// usage: Kata.Bench.Ttrpc [calls]. Prints one JSON object; times are microseconds. Everything is measured in rounds that alternate with a raw socket
// echo, as only the ratio to that means something on a machine that does other things too. "serve DIRECTORY" is its other process.
if (args is ["serve", string served])
{
    await EchoServer.RunAsync(served);
    return;
}

int calls = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
string directory = Directory.CreateTempSubdirectory("kata-t").FullName;
try
{
    TtrpcFigures figures = await TtrpcBenchmark.RunAsync(directory, calls);
    using Stream output = Console.OpenStandardOutput();
    JsonSerializer.Serialize(output, figures, FiguresContext.Default.TtrpcFigures);
    output.WriteByte((byte)'\n');
}
finally
{
    Directory.Delete(directory, recursive: true);
}
