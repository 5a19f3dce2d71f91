namespace Kata.AgentCtl.Api;

/// <summary>Every call of the agent's services, by name.</summary>
internal static class ApiCommands
{
    /// <summary>All of them, in alphabetical order.</summary>
    public static IReadOnlyList<ApiCommand> All { get; } =
        [.. ContainerCommands.All.Concat(GuestCommands.All).Concat(NetworkCommands.All).Concat(SandboxCommands.All).OrderBy(command => command.Name, StringComparer.Ordinal)];

    /// <summary>The command of a name, whatever its case; null if there is none.</summary>
    public static ApiCommand? Find(string name) => All.FirstOrDefault(command => command.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The name that was probably meant; null if none comes near.</summary>
    public static string? Nearest(string name) => Requests.Spelling.Nearest(name, All.Select(command => command.Name));
}
