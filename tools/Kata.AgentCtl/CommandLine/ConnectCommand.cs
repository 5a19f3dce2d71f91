using System.CommandLine;
using Kata.AgentClient;
using Kata.Primitives;

namespace Kata.AgentCtl.CommandLine;

/// <summary>The command line of <c>connect</c>; <see cref="HelpText.Connect"/> explains it.</summary>
internal sealed class ConnectCommand
{
    private readonly Option<string?> _address = new("--server-address", "-s");
    private readonly Option<string?> _bundle = new("--bundle-dir", "-b");
    private readonly Option<string[]> _commands = new("--cmd", "-c");
    private readonly Option<bool> _interactive = new("--interactive", "-i");
    private readonly Option<long> _repeat = new("--repeat", "-r") { DefaultValueFactory = _ => 1 };
    private readonly Option<string?> _timeout = new("--timeout", "-t");
    private readonly Option<string?> _dialTimeout = new("--dial-timeout");
    private readonly Option<bool> _noAutoValues = new("--no-auto-values", "-n");
    private readonly Option<bool> _ignoreErrors = new("--ignore-errors");
    private readonly Option<bool> _dryRun = new("--dry-run");
    private readonly Option<bool> _raw = new("--raw");
    private readonly Option<bool> _hybrid = new("--hybrid-vsock");
    private readonly Option<uint?> _hybridPort = new("--hybrid-vsock-port");
    private readonly Option<string?> _vm = new("--vm");

    /// <summary>Describes the command.</summary>
    /// <param name="run">What to do with the options, given the log level.</param>
    public ConnectCommand(Func<ParseResult, ConnectOptions, Task<int>> run)
    {
        Command = new Command("connect");
        Option[] options =
        [
            _address, _bundle, _commands, _interactive, _repeat, _timeout, _dialTimeout, _noAutoValues, _ignoreErrors, _dryRun, _raw, _hybrid, _hybridPort, _vm,
        ];
        foreach (Option option in options)
        {
            Command.Options.Add(option);
        }

        Command.SetAction((parsed, _) => run(parsed, Read(parsed)));
    }

    /// <summary>The command.</summary>
    public Command Command { get; }

    /// <summary>What the arguments ask for.</summary>
    /// <exception cref="KataException">InvalidArgument: a value is malformed or missing. Unsupported: it asks for a VM.</exception>
    public ConnectOptions Read(ParseResult parsed)
    {
        if (parsed.GetValue(_vm) is not null)
        {
            throw KataException.Unsupported("--vm is not supported: this tool starts no virtual machine; start one with kata-runtime and give its agent's --server-address");
        }

        bool dryRun = parsed.GetValue(_dryRun);
        bool interactive = parsed.GetValue(_interactive);
        string[] commands = parsed.GetValue(_commands) ?? [];
        if (commands.Length == 0 && !interactive)
        {
            throw KataException.Invalid("connect: there is nothing to do: give commands with -c, or --interactive");
        }

        long repeat = parsed.GetValue(_repeat);
        return new ConnectOptions
        {
            Address = Address(parsed, dryRun),
            Bundle = parsed.GetValue(_bundle),
            Commands = commands,
            Interactive = interactive,
            Repeat = repeat is -1 or > 0 ? repeat : throw KataException.Invalid($"--repeat: {repeat} is no count; -1 is for ever"),
            Timeout = parsed.GetValue(_timeout) is { } timeout ? DurationText.Parse(timeout, "--timeout") : null,
            DialTimeout = parsed.GetValue(_dialTimeout) is { } dial ? DurationText.Parse(dial, "--dial-timeout") : TimeSpan.FromSeconds(30),
            NoAutoValues = parsed.GetValue(_noAutoValues),
            IgnoreErrors = parsed.GetValue(_ignoreErrors),
            DryRun = dryRun,
            Raw = parsed.GetValue(_raw),
        };
    }

    private AgentAddress? Address(ParseResult parsed, bool dryRun) => parsed.GetValue(_address) is { } text
        ? ServerAddress.Parse(text, parsed.GetValue(_hybrid), parsed.GetValue(_hybridPort))
        : dryRun ? null : throw KataException.Invalid("connect: --server-address is missing, such as unix:///run/agent.sock or vsock://3:1024");
}
