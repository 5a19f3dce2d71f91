using Kata.Primitives;

namespace Kata.Configuration.Binding;

/// <summary>Reads <c>agent.kata.kernel_modules</c>.</summary>
internal static class GuestKernelModuleReader
{
    private const string Key = "kernel_modules";
    private const int MaxName = 64;

    /// <summary>The entries: a name and its parameters, separated by spaces.</summary>
    internal static IReadOnlyList<GuestKernelModule> Read(TableReader table, Problems problems)
    {
        var modules = new List<GuestKernelModule>();
        foreach (string entry in table.List(Key))
        {
            string[] words = entry.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 0 || words[0].Length > MaxName || !words[0].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') || words.Any(word => word.Any(char.IsControl)))
            {
                problems.Add(table.LocationOf(Key), $"agent.kata.{Key}: '{Printable.Escape(entry, 256)}' must be the name of a module, with parameters behind it or not");
            }
            else
            {
                modules.Add(new GuestKernelModule(words[0], words[1..]));
            }
        }

        return modules;
    }
}
