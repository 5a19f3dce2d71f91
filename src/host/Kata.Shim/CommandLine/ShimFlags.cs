using Kata.Primitives;

namespace Kata.Shim.CommandLine;

/// <summary>The command line that containerd gives a shim: flags in the style of Go (<c>-name value</c>, <c>-name=value</c>, one dash or two), then an action.</summary>
internal sealed record ShimFlags
{
    /// <summary>What <c>-help</c> prints.</summary>
    public const string Usage = """
        containerd-shim-kata-v2 [flags] [start | delete]

        Runs a pod in a VM of its own. containerd starts it; without an action it serves the Task service.

          -namespace NAME       containerd's namespace
          -id ID                id of the task
          -address PATH         containerd's main socket
          -bundle DIR           the bundle; default: the working directory
          -socket PATH          listen here instead of on descriptor 3
          -publish-binary PATH  accepted, not used: events go over ttRPC
          -debug                log more
          -v, -version          print the version

        """;

    /// <summary>What to do.</summary>
    public ShimAction Action { get; private init; }

    /// <summary>Log at debug level.</summary>
    public bool Debug { get; private init; }

    /// <summary>containerd's namespace; never empty unless the action needs none.</summary>
    public string Namespace { get; private init; } = string.Empty;

    /// <summary>Id of the task.</summary>
    public string Id { get; private init; } = string.Empty;

    /// <summary>Path of a socket to listen on; empty: the inherited descriptor 3.</summary>
    public string Socket { get; private init; } = string.Empty;

    /// <summary>The bundle directory; empty: the working directory.</summary>
    public string Bundle { get; private init; } = string.Empty;

    /// <summary>containerd's main socket.</summary>
    public string Address { get; private init; } = string.Empty;

    /// <summary>containerd's own binary, which older shims publish events with.</summary>
    public string PublishBinary { get; private init; } = "containerd";

    /// <summary>Reads a command line.</summary>
    /// <exception cref="KataException">InvalidArgument: an unknown flag, a missing value, an unknown action, or a missing namespace or id.</exception>
    public static ShimFlags Parse(IReadOnlyList<string> arguments)
    {
        var flags = new ShimFlags();
        int next = 0;
        while (next < arguments.Count && arguments[next] is ['-', _, ..] word)
        {
            next++;
            if (word == "--")
            {
                break;
            }

            flags = flags.With(word, arguments, ref next);
        }

        return flags.WithAction(next < arguments.Count ? arguments[next] : null).Checked();
    }

    private ShimFlags With(string word, IReadOnlyList<string> arguments, ref int next)
    {
        string name = word.TrimStart('-');
        string? value = null;
        if (name.IndexOf('=', StringComparison.Ordinal) is var equals and > 0)
        {
            value = name[(equals + 1)..];
            name = name[..equals];
        }

        switch (name)
        {
            case "debug":
                return this with { Debug = Truth(name, value) };
            case "v" or "version":
                return Truth(name, value) ? this with { Action = ShimAction.Version } : this;
            case "h" or "help":
                return this with { Action = ShimAction.Help };
            default:
                break;
        }

        if (name is not ("namespace" or "id" or "socket" or "bundle" or "address" or "publish-binary"))
        {
            throw KataException.Invalid($"flag provided but not defined: -{Printable.Escape(name, 64)}; see -help");
        }

        value ??= next < arguments.Count ? arguments[next++] : throw KataException.Invalid($"flag needs an argument: -{name}");
        return name switch
        {
            "namespace" => this with { Namespace = value },
            "id" => this with { Id = value },
            "socket" => this with { Socket = value },
            "bundle" => this with { Bundle = value },
            "address" => this with { Address = value },
            _ => this with { PublishBinary = value },
        };
    }

    private ShimFlags WithAction(string? word)
    {
        if (Action != ShimAction.Serve)
        {
            return this;
        }

        return word switch
        {
            null or "" => this,
            "start" => this with { Action = ShimAction.Start },
            "delete" => this with { Action = ShimAction.Delete },
            _ => throw KataException.Invalid($"unknown action '{Printable.Escape(word, 64)}'; use start, delete, or none to serve"),
        };
    }

    private ShimFlags Checked()
    {
        if (Action is ShimAction.Version or ShimAction.Help)
        {
            return this;
        }

        if (Namespace.Length == 0)
        {
            throw KataException.Invalid("shim namespace cannot be empty; give -namespace");
        }

        if (Action != ShimAction.Serve)
        {
            Identifiers.Require(Id, "task id");
        }

        return this;
    }

    private static bool Truth(string name, string? value) => value switch
    {
        null or "true" or "1" or "t" or "T" or "TRUE" or "True" => true,
        "false" or "0" or "f" or "F" or "FALSE" or "False" => false,
        _ => throw KataException.Invalid($"invalid boolean value '{Printable.Escape(value, 64)}' for -{name}"),
    };
}
