using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kata.Testing.Commands;

namespace Kata.Client.Tests;

/// <summary>Bytes in, bytes out.</summary>
public sealed class StandardStreamTests(ClientFixture fixture)
{
    private const int Blocks = 100;
    private const int BlockSize = 1 << 20;

    [Fact]
    public async Task Run_Output100MiB_ArrivesWhole()
    {
        fixture.Require();
        string id = fixture.NewId("big");
        string script = $"seq 1 200000 | head -c {BlockSize} > /tmp/b; i=0; while [ $i -lt {Blocks} ]; do echo block $i; cat /tmp/b; i=$((i+1)); done";

        // The host's sha256sum takes the stream: it is too long for a string.
        string command = string.Join(' ', fixture.RunArguments(id, ["--rm"], ["sh", "-c", $"'{script}'"]));
        CommandResult result = (await Command.RunAsync(
            "bash",
            ["-c", $"set -o pipefail; ctr --address {fixture.Containerd.Socket} {command} | sha256sum"],
            new CommandOptions { Deadline = TimeSpan.FromSeconds(180) },
            TestContext.Current.CancellationToken)).EnsureSuccess();

        Assert.Equal(ExpectedHash(), result.Output.Split(' ')[0]);
    }

    [Fact]
    public async Task Run_OutputAndError_AreSeparate()
    {
        fixture.Require();

        CommandResult result = (await fixture.RunAsync(fixture.NewId("two"), ["sh", "-c", "echo out; echo err >&2"])).EnsureSuccess();

        Assert.Equal("out\n", result.Output);
        Assert.Equal("err\n", result.Error);
    }

    [Fact]
    public async Task Run_OutputWithoutNewlineThenExit_IsComplete()
    {
        fixture.Require();

        CommandResult result = await fixture.RunAsync(fixture.NewId("last"), ["sh", "-c", "seq 1 20000; printf end; exit 3"]);

        Assert.Equal(3, result.ExitCode);
        Assert.EndsWith("20000\nend", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_InputFromFile_IsReadToItsEnd()
    {
        fixture.Require();
        string file = Path.Combine(fixture.Directory, "input");
        await File.WriteAllBytesAsync(file, new byte[3_000_000], TestContext.Current.CancellationToken);

        // ctr closes the input as soon as it has read all of it, and forgets to say so when that is before the task exists. So the input
        // stays open until the container has said something.
        string run = string.Join(' ', fixture.RunArguments(fixture.NewId("in"), ["--rm"], ["sh", "-c", "'echo ready; wc -c; echo after'"]));
        CommandResult result = (await Command.RunAsync(
            "bash",
            ["-c", $"rm -f {file}.ready; (while ! [ -s {file}.ready ]; do sleep 0.05; done; cat {file}) | ctr --address {fixture.Containerd.Socket} {run} | tee {file}.ready"],
            new CommandOptions { Deadline = TimeSpan.FromSeconds(60) },
            TestContext.Current.CancellationToken)).EnsureSuccess();

        Assert.Equal("ready\n3000000\nafter\n", result.Output);
    }

    [Fact]
    public async Task Run_InputRedirected_IsReadToItsEnd()
    {
        fixture.Require();
        string file = Path.Combine(fixture.Directory, "redirected");

        // More than a FIFO holds, so that the end comes after the start: of one before it ctr does not tell any runtime.
        byte[] bytes = RandomNumberGenerator.GetBytes(3_000_000);
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        string run = string.Join(' ', fixture.RunArguments(fixture.NewId("redir"), ["--rm"], ["sha256sum"]));

        CommandResult result = (await Command.RunAsync(
            "bash",
            ["-c", $"ctr --address {fixture.Containerd.Socket} {run} < {file}"],
            new CommandOptions { Deadline = TimeSpan.FromSeconds(60) },
            TestContext.Current.CancellationToken)).EnsureSuccess();

        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(bytes)), result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Terminal_IsOne()
    {
        fixture.Require();
        string run = string.Join(' ', fixture.RunArguments(fixture.NewId("tty"), ["--rm", "--tty"], ["sh", "-c", "'test -t 0 && test -t 1 && tty && stty size; exit 5'"]));

        // script gives ctr a terminal to pass on.
        CommandResult result = await Command.RunAsync(
            "script",
            ["--quiet", "--return", "--command", $"stty rows 33 cols 77; ctr --address {fixture.Containerd.Socket} {run.Replace("'", "\"", StringComparison.Ordinal)}", "/dev/null"],
            new CommandOptions { Deadline = TimeSpan.FromSeconds(60) },
            TestContext.Current.CancellationToken);

        Assert.Equal(5, result.ExitCode);
        Assert.Contains("/dev/", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_InputFromFile_IsReadToItsEnd()
    {
        fixture.Require();
        string id = fixture.NewId("execin");
        await fixture.StartAsync(id, ["sleep", "1000"]);
        string file = Path.Combine(fixture.Directory, "execinput");
        await File.WriteAllBytesAsync(file, new byte[100_000], TestContext.Current.CancellationToken);

        CommandResult result = await Command.RunAsync(
            "bash",
            ["-c", $"rm -f {file}.ready; (while ! [ -s {file}.ready ]; do sleep 0.05; done; cat {file}) | ctr --address {fixture.Containerd.Socket} task exec --exec-id e1 {id} sh -c 'echo ready; wc -c' | tee {file}.ready"],
            new CommandOptions { Deadline = TimeSpan.FromSeconds(60) },
            TestContext.Current.CancellationToken);
        await fixture.RemoveAsync(id);

        Assert.Equal("ready\n100000\n", result.Output);
    }

    private static string ExpectedHash()
    {
        byte[] block = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(1, 200_000).Select(i => i.ToString(CultureInfo.InvariantCulture) + "\n")))[..BlockSize];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < Blocks; i++)
        {
            hash.AppendData(Encoding.ASCII.GetBytes($"block {i.ToString(CultureInfo.InvariantCulture)}\n"));
            hash.AppendData(block);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
