using System.CommandLine;
using System.Globalization;

using Kata.Cli.Containers;
using Kata.Linux.Namespaces;
using Kata.Primitives;

namespace Kata.Cli.Commands;

/// <summary>The command line of <c>kata-runtime run</c>; <see cref="HelpText.Run"/> explains it.</summary>
internal sealed class RunCommand
{
    private readonly Argument<string> _image = new("IMAGE-OR-ROOTFS");
    private readonly Argument<string[]> _arguments = new("COMMAND")
    {
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _remove = Flag("--rm");
    private readonly Option<bool> _interactive = Flag("--interactive", "-i");
    private readonly Option<bool> _terminal = Flag("--tty", "-t");
    private readonly Option<string[]> _environment = new("--env", "-e");
    private readonly Option<string?> _directory = Text("--workdir", "-w");
    private readonly Option<string?> _user = Text("--user", "-u");
    private readonly Option<string?> _memory = Text("--memory", "-m");
    private readonly Option<string?> _cpus = Text("--cpus");
    private readonly Option<string[]> _volumes = new("--volume", "-v");
    private readonly Option<string?> _name = Text("--name");
    private readonly Option<string?> _hostname = Text("--hostname");
    private readonly Option<string?> _entrypoint = Text("--entrypoint");
    private readonly Option<bool> _readOnly = Flag("--read-only");
    private readonly Option<string?> _network = Text("--network");
    private readonly Option<string?> _config = Text("--config");
    private readonly Option<string?> _store = Text("--image-store");
    private readonly Option<bool> _quiet = Flag("--quiet", "-q");
    private readonly Option<bool> _debug = Flag("--debug");

    /// <summary>Describes the command.</summary>
    public RunCommand()
    {
        Command = new Command("run");
        _image.Validators.Add(result =>
        {
            // The parser takes what it does not know for arguments.
            if (result.Tokens is [{ Value: ['-', ..] } unknown, ..])
            {
                result.AddError($"unknown option {Printable.Escape(unknown.Value, maxLength: 64)}");
            }
        });
        Command.Arguments.Add(_image);
        Command.Arguments.Add(_arguments);
        Option[] options =
        [
            _remove, _interactive, _terminal, _environment, _directory, _user, _memory, _cpus, _volumes, _name, _hostname, _entrypoint, _readOnly, _network,
            _config, _store, _quiet, _debug,
        ];
        foreach (Option option in options)
        {
            Command.Options.Add(option);
        }

        Command.SetAction((parsed, cancellationToken) => RunAsync(parsed, cancellationToken));
    }

    /// <summary>The command.</summary>
    public Command Command { get; }

    /// <summary>What the arguments ask for.</summary>
    /// <exception cref="KataException">InvalidArgument: a value is malformed. Unsupported: it asks for a network.</exception>
    public RunOptions Read(ParseResult parsed)
    {
        if (parsed.GetValue(_network) is not (null or "none"))
        {
            throw KataException.Unsupported("--network is not supported yet: there is no network in the container; leave the option out");
        }

        return new RunOptions
        {
            Image = parsed.GetValue(_image)!,
            Arguments = parsed.GetValue(_arguments) ?? [],
            Interactive = parsed.GetValue(_interactive),
            Terminal = parsed.GetValue(_terminal),
            Environment = [.. (parsed.GetValue(_environment) ?? []).Select(ReadVariable).OfType<string>()],
            WorkingDirectory = ReadDirectory(parsed.GetValue(_directory)),
            User = parsed.GetValue(_user),
            Memory = parsed.GetValue(_memory) is { } memory ? ReadMemory(memory) : null,
            Cpus = parsed.GetValue(_cpus) is { } cpus ? ReadCpus(cpus) : null,
            Volumes = [.. (parsed.GetValue(_volumes) ?? []).Select(VolumeOption.Parse)],
            Name = parsed.GetValue(_name) is { } name ? Identifiers.Require(name, "--name") : null,
            Hostname = parsed.GetValue(_hostname),
            Entrypoint = parsed.GetValue(_entrypoint),
            ReadOnly = parsed.GetValue(_readOnly),
            ConfigurationPath = parsed.GetValue(_config),
            ImageStore = parsed.GetValue(_store),
            Quiet = parsed.GetValue(_quiet),
            Debug = parsed.GetValue(_debug),
        };
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        RunOptions options = Read(parsed);
        if (!Environment.IsPrivilegedProcess)
        {
            throw new KataException(ErrorCode.PermissionDenied, "root is needed to mount images and to start a virtual machine; use sudo");
        }

        // All mounts live in a namespace of our own, so that they are gone when we are, whatever ends us.
        MountNamespace.EnterPrivateAndReexec();
        return ContainerRun.ExecuteAsync(options, cancellationToken);
    }

    private static Option<bool> Flag(string name, params string[] aliases) => new(name, aliases);

    private static Option<string?> Text(string name, params string[] aliases) => new(name, aliases);

    private static string? ReadVariable(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals == 0 || text.Length == 0)
        {
            throw KataException.Invalid($"--env {Printable.Escape(text, maxLength: 128)}: the name is missing; write NAME=VALUE or NAME");
        }

        return equals > 0 ? text : Environment.GetEnvironmentVariable(text) is { } value ? $"{text}={value}" : null;
    }

    private static string? ReadDirectory(string? directory) => directory is null || directory.StartsWith('/')
        ? directory
        : throw KataException.Invalid($"--workdir {Printable.Escape(directory, maxLength: 128)}: must be an absolute path");

    private static ByteSize ReadMemory(string text)
    {
        ByteSize size;
        try
        {
            size = ByteSize.Parse(text);
        }
        catch (KataException error)
        {
            throw KataException.Invalid($"--memory: {error.Message}", error);
        }

        return size.Bytes >= 4 << 20 ? size : throw KataException.Invalid($"--memory {text}: the least is 4m");
    }

    private static decimal ReadCpus(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal cpus) && cpus is >= 0.01m and <= 4096m
            ? cpus
            : throw KataException.Invalid($"--cpus {Printable.Escape(text, maxLength: 32)}: must be a number from 0.01 to 4096");
}
