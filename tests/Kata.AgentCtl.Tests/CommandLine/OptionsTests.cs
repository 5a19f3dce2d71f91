using System.CommandLine;
using Kata.AgentClient;
using Kata.AgentCtl.CommandLine;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.AgentCtl.Tests.CommandLine;

public sealed class OptionsTests
{
    [Fact]
    public void Read_EveryOption_IsTaken()
    {
        ConnectOptions options = Read(
            "connect", "--server-address", "unix:///a.sock", "--bundle-dir", "/b", "-c", "Check", "--cmd", "quit now", "-i", "--repeat", "-1", "--timeout", "1m30s",
            "--dial-timeout", "500ms", "-n", "--ignore-errors", "--dry-run", "--raw");

        Assert.Equal(new AgentAddress(AgentTransport.Unix, "/a.sock", 0, 0), options.Address);
        Assert.Equal(("/b", true, -1, true, true, true, true), (options.Bundle, options.Interactive, options.Repeat, options.NoAutoValues, options.IgnoreErrors, options.DryRun, options.Raw));
        Assert.Equal(["Check", "quit now"], options.Commands);
        Assert.Equal((TimeSpan.FromSeconds(90), TimeSpan.FromMilliseconds(500)), (options.Timeout, options.DialTimeout));
    }

    [Theory]
    [InlineData("unix:///v.sock", "hvsock:///v.sock:1024", "--hybrid-vsock")]
    [InlineData("unix:///v.sock", "hvsock:///v.sock:7", "--hybrid-vsock", "--hybrid-vsock-port", "7")]
    [InlineData("hvsock:///v.sock:7", "hvsock:///v.sock:7")]
    [InlineData("vsock://3:1024", "vsock://3:1024")]
    [InlineData("virtio-serial:///v.sock", "virtio-serial:///v.sock")]
    [InlineData("unix://@name", "unix://@name")]
    public void Read_Address_IsUnderstood(string address, string expected, params string[] more) =>
        Assert.Equal(expected, Read(["connect", "-c", "Check", "-s", address, .. more]).Address!.ToString());

    [Theory]
    [InlineData("connect: there is nothing to do", "-s", "unix:///a")]
    [InlineData("connect: --server-address is missing", "-c", "Check")]
    [InlineData("agent address \"tcp://x\"", "-c", "Check", "-s", "tcp://x")]
    [InlineData("--hybrid-vsock needs the path of a unix socket", "-c", "Check", "-s", "vsock://3:1", "--hybrid-vsock")]
    [InlineData("--hybrid-vsock-port needs --hybrid-vsock", "-c", "Check", "-s", "unix:///a", "--hybrid-vsock-port", "5")]
    [InlineData("--repeat: 0 is no count", "-c", "Check", "-s", "unix:///a", "--repeat", "0")]
    [InlineData("--timeout: soon is no duration", "-c", "Check", "-s", "unix:///a", "--timeout", "soon")]
    [InlineData("--vm is not supported", "-c", "Check", "--vm", "qemu")]
    public void Read_Wrong_SaysWhat(string expected, params string[] args) =>
        Assert.StartsWith(expected, Assert.Throws<KataException>(() => Read(["connect", .. args])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("5", 5000)]
    [InlineData("5s", 5000)]
    [InlineData("0.5s", 500)]
    [InlineData("250ms", 250)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1h1m1s1ms", 3_661_001)]
    public void Duration_AsPeopleWriteIt_IsRead(string text, int milliseconds) => Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), DurationText.Parse(text, "x"));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("s")]
    [InlineData("5x")]
    [InlineData("-1s")]
    [InlineData("25h")]
    [InlineData("1.2.3s")]
    [InlineData("99999999999999999999s")]
    public void Duration_Other_IsRefused(string text) => Assert.Throws<KataException>(() => DurationText.Parse(text, "x"));

    [Theory]
    [InlineData("critical", LogLevel.Critical)]
    [InlineData("panic", LogLevel.Critical)]
    [InlineData("WARN", LogLevel.Warning)]
    [InlineData("trace", LogLevel.Trace)]
    public void LogLevel_AgentsNames_AreKnown(string name, LogLevel level) => Assert.Equal(level, LogLevels.Parse(name));

    [Fact]
    public void LogLevel_Other_IsRefused() => Assert.Throws<KataException>(() => LogLevels.Parse("loud"));

    private static ConnectOptions Read(params string[] args)
    {
        ConnectOptions? read = null;
        var command = new ConnectCommand((_, options) =>
        {
            read = options;
            return Task.FromResult(0);
        });
        var root = new RootCommand();
        root.Subcommands.Add(command.Command);
        ParseResult parsed = root.Parse(args);
        Assert.Empty(parsed.Errors);
        read = command.Read(parsed);
        return read;
    }
}
