using System.Text;
using System.Text.Json;
using Kata.Hypervisors.Qemu;
using Kata.Hypervisors.Qemu.Qmp;

namespace Kata.Hypervisors.Tests.Qemu;

public sealed class QmpMessageTests
{
    private static readonly string[] Honest =
    [
        FakeQmpServer.Greeting,
        """{"return": {"status": "running", "singlestep": false, "running": true}, "id": 2}""",
        """{"id": 1, "error": {"class": "GenericError", "desc": "no such thing"}}""",
        """{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}""",
    ];

    [Fact]
    public void Parse_MutatedLines_AreReadOrRefusedButNothingElse()
    {
        var random = new Random(20240611);
        for (int i = 0; i < 50_000; i++)
        {
            byte[] line = Encoding.UTF8.GetBytes(Honest[random.Next(Honest.Length)]);
            for (int edits = random.Next(1, 6); edits > 0; edits--)
            {
                line[random.Next(line.Length)] = (byte)random.Next(256);
            }

            AssertReadOrRefused(line.AsMemory(0, random.Next(line.Length + 1)));
        }
    }

    [Theory]
    [InlineData("guest-reset", "reset itself")]
    [InlineData("guest-shutdown", "powered off")]
    [InlineData("\\u001b[2J", null)]
    public void Observe_Shutdown_KeepsOnlyWordsOfOurs(string reason, string? expected)
    {
        var shutdown = new ShutdownReason();
        QmpMessage message = QmpMessage.Parse(Encoding.UTF8.GetBytes("""{"event": "SHUTDOWN", "data": {"reason": "@"}}""".Replace("@", reason, StringComparison.Ordinal)));

        shutdown.Observe(new QmpEvent(message.Text, message.Payload));

        if (expected is null)
        {
            Assert.Null(shutdown.Words);
        }
        else
        {
            Assert.Contains(expected, shutdown.Words, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"event": "SHUTDOWN"}""")]
    [InlineData("""{"event": "SHUTDOWN", "data": 7}""")]
    [InlineData("""{"event": "SHUTDOWN", "data": {"reason": 7}}""")]
    [InlineData("""{"event": "RESET", "data": {"reason": "guest-reset"}}""")]
    public void Observe_OddEvent_IsIgnored(string line)
    {
        var shutdown = new ShutdownReason();
        QmpMessage message = QmpMessage.Parse(Encoding.UTF8.GetBytes(line));

        shutdown.Observe(new QmpEvent(message.Text, message.Payload));

        Assert.Null(shutdown.Words);
    }

    private static void AssertReadOrRefused(ReadOnlyMemory<byte> line)
    {
        try
        {
            QmpMessage message = QmpMessage.Parse(line);
            Assert.True(Enum.IsDefined(message.Kind));
        }
        catch (JsonException refused)
        {
            Assert.NotEmpty(refused.Message);
        }
    }
}
