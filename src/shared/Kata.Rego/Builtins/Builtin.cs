using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>A function of the language.</summary>
/// <param name="Name">Its name, with dots.</param>
/// <param name="Arity">How many arguments it takes.</param>
/// <param name="Invoke">Its value for arguments; null if they are not what it takes, or it has none.</param>
internal sealed record Builtin(string Name, int Arity, Func<BuiltinContext, RegoValue[], RegoValue?> Invoke)
{
    private static readonly Dictionary<string, Builtin> All = Load();

    /// <summary>The names of all functions.</summary>
    public static IEnumerable<string> Names => All.Keys;

    /// <summary>Finds a function; null if there is none of this name.</summary>
    public static Builtin? Find(string name) => All.GetValueOrDefault(name);

    private static Dictionary<string, Builtin> Load()
    {
        var all = new Dictionary<string, Builtin>(StringComparer.Ordinal);
        Builtin[][] rooms =
        [
            Collections.All, Texts.All, TextLists.All, Numbers.All, Objects.All, Types.All, Comparisons.All, Encodings.All, JsonFunctions.All, RegexFunctions.All,
            Globs.All, Versions.All, Networks.All, Units.All,
        ];
        foreach (Builtin builtin in rooms.SelectMany(room => room))
        {
            all.Add(builtin.Name, builtin);
        }

        return all;
    }
}
