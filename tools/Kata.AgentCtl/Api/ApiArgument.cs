using Kata.AgentCtl.Sessions;

namespace Kata.AgentCtl.Api;

/// <summary>What a command knows of one field of its request beyond the protocol: a short name, a way to read it, and a value when none is given.</summary>
/// <param name="Field">The field, by its name in the protocol.</param>
/// <param name="Name">The name on the command line; the field's own works too.</param>
/// <param name="Hint">What to write, for help: <c>ID</c>.</param>
/// <param name="Kind">How the text is read.</param>
internal sealed record ApiArgument(string Field, string Name, string Hint, ArgumentKind Kind = ArgumentKind.Plain)
{
    /// <summary>The text to use when none is given; null for none. Not asked with <c>--no-auto-values</c>.</summary>
    public Func<Session, string?>? Default { get; init; }

    /// <summary>What the default is, for help: "the session's".</summary>
    public string DefaultText { get; init; } = "";
}
