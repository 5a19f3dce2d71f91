using Kata.Primitives;

namespace Kata.AgentCtl.Specs;

/// <summary>Refuses what a <c>config.json</c> says and the agent's protocol has no field for, so that nothing is dropped in silence.</summary>
internal static class NoField
{
    /// <summary>Checks.</summary>
    /// <param name="values">Names of settings, with whether they are set.</param>
    /// <exception cref="KataException">Unsupported: one is set; the message names all that are.</exception>
    public static void Refuse(params ReadOnlySpan<(string Name, bool IsSet)> values)
    {
        var names = new List<string>();
        foreach ((string name, bool isSet) in values)
        {
            if (isSet)
            {
                names.Add(name);
            }
        }

        if (names.Count > 0)
        {
            throw KataException.Unsupported($"config.json: the agent's protocol has no field for {string.Join(", ", names)}; take it out");
        }
    }
}
