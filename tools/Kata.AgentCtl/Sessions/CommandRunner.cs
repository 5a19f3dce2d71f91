using System.Globalization;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Kata.AgentClient;
using Kata.AgentCtl.Api;
using Kata.AgentCtl.CommandLine;
using Kata.AgentCtl.Output;
using Kata.AgentCtl.Requests;
using Kata.Primitives;

namespace Kata.AgentCtl.Sessions;

/// <summary>Carries out commands, one after the other, on one agent.</summary>
/// <param name="session">What commands pass on to later ones.</param>
/// <param name="connection">To the agent; null when requests are only printed.</param>
/// <param name="settings">How, and where results go.</param>
internal sealed class CommandRunner(Session session, AgentConnection? connection, CommandSettings settings)
{
    private const int MaxNesting = 8;

    /// <summary>Whether the session is over: by <c>quit</c>, or because the agent was told to end.</summary>
    public bool Ended { get; private set; }

    /// <summary>What commands pass on to later ones.</summary>
    public Session Session => session;

    /// <summary>Whether the agent is gone.</summary>
    public bool ConnectionLost => connection?.Transport.Closed.IsCompleted == true;

    /// <summary>Carries out one line. Nothing happens for an empty one and for one that begins with <c>#</c>.</summary>
    /// <returns>The agent's reply; null for a command of ours and for a dry run.</returns>
    /// <exception cref="KataException">The command is unknown or its arguments are wrong; nothing was sent.</exception>
    /// <exception cref="RpcException">The agent refused, or is gone.</exception>
    public async Task<IMessage?> RunAsync(string line, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(line);
        return line.TrimStart().StartsWith('#') ? null : await RunAsync(WordSplitter.Split(line), depth: 0, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IMessage?> RunAsync(IReadOnlyList<string> words, int depth, CancellationToken cancellationToken)
    {
        if (words.Count == 0)
        {
            return null;
        }

        string[] arguments = [.. words.Skip(1)];
        switch (words[0])
        {
            case "echo":
                Write(string.Join(' ', arguments) + "\n");
                return null;
            case "help" or "?":
                Write(BuiltIns.Help(arguments.FirstOrDefault()));
                return null;
            case "list":
                Write(BuiltIns.List());
                return null;
            case "quit" or "exit":
                Ended = true;
                return null;
            case "sleep":
                await SleepAsync(arguments, cancellationToken).ConfigureAwait(false);
                return null;
            case "repeat":
                return await RepeatAsync(arguments, depth, cancellationToken).ConfigureAwait(false);
            default:
                return await CallAsync(ApiCommands.Find(words[0]) ?? throw BuiltIns.Unknown(words[0]), arguments, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IMessage?> CallAsync(ApiCommand command, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        IMessage request = new RequestComposer(command, session).Compose(arguments);
        if (settings.DryRun)
        {
            Write($"{command.Name} {MessageJson.Request(request)}");
            return null;
        }

        var options = new CallOptions(
            deadline: settings.Timeout is { } timeout ? settings.Time.GetUtcNow().UtcDateTime + timeout : null, cancellationToken: cancellationToken);
        IMessage reply = await command.CallAsync(connection!, request, options).ConfigureAwait(false);
        if (settings.Raw && MessageJson.Payload(reply) is { } payload)
        {
            settings.Write(payload);
        }
        else
        {
            Write(MessageJson.Reply(reply));
        }

        Ended |= command.Name == "DestroySandbox";
        return reply;
    }

    private async Task SleepAsync(string[] arguments, CancellationToken cancellationToken)
    {
        TimeSpan time = arguments.Length == 1 ? DurationText.Parse(arguments[0], "sleep") : throw KataException.Invalid("sleep: say how long: sleep 5s");
        if (!settings.DryRun)
        {
            await Task.Delay(time, settings.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IMessage?> RepeatAsync(string[] arguments, int depth, CancellationToken cancellationToken)
    {
        if (arguments.Length < 2 || !long.TryParse(arguments[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long count) || count is 0 or < -1)
        {
            throw KataException.Invalid("repeat: say how often and what: repeat 3 Check; -1 is for ever");
        }

        if (depth >= MaxNesting)
        {
            throw KataException.Invalid($"repeat: more than {MaxNesting} inside each other");
        }

        IMessage? last = null;
        for (long i = 0; (count == -1 || i < count) && !Ended; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            last = await RunAsync(new ArraySegment<string>(arguments, 1, arguments.Length - 1), depth + 1, cancellationToken).ConfigureAwait(false);
        }

        return last;
    }

    private void Write(string text) => settings.Write(Encoding.UTF8.GetBytes(text));
}
