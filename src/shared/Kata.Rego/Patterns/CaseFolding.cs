using System.Text;

namespace Kata.Rego.Patterns;

/// <summary>Which characters are the same but for their case: more than two in places, such as k, K and the sign for kelvin.</summary>
internal static class CaseFolding
{
    // No character above has a case.
    private const int LastCased = 0x1FFFF;

    // .NET keeps this form of s apart from the letters of ASCII.
    private const int LongS = 0x17F;

    private static readonly Lazy<SortedList<int, int[]>> Orbits = new(MakeOrbits);

    /// <summary>The ranges with all characters added that differ from one of them in case only.</summary>
    /// <param name="characters">The class, sorted.</param>
    public static IEnumerable<(int From, int To)> Others(RuneClass characters)
    {
        IReadOnlyList<(int From, int To)> ranges = characters.Ranges;
        SortedList<int, int[]> orbits = Orbits.Value;
        int at = 0;
        for (int i = 0; i < orbits.Count && at < ranges.Count; i++)
        {
            int rune = orbits.Keys[i];
            while (at < ranges.Count && ranges[at].To < rune)
            {
                at++;
            }

            if (at < ranges.Count && ranges[at].From <= rune)
            {
                foreach (int other in orbits.Values[i])
                {
                    yield return (other, other);
                }
            }
        }
    }

    private static SortedList<int, int[]> MakeOrbits()
    {
        var byFold = new Dictionary<int, SortedSet<int>>();
        for (int value = 0; value <= LastCased; value++)
        {
            // The two letters of Turkish are i with and without a dot, not other cases of it.
            if (value is 0x130 or 0x131 || !Rune.TryCreate(value, out Rune rune))
            {
                continue;
            }

            // Upper case first: it joins small letters with several forms, such as the two sigmas.
            Rune upper = value == LongS ? new Rune('S') : Rune.ToUpperInvariant(rune);
            int fold = Rune.ToLowerInvariant(upper).Value;
            if (fold == value && upper == rune)
            {
                continue;
            }

            if (!byFold.TryGetValue(fold, out SortedSet<int>? orbit))
            {
                byFold.Add(fold, orbit = [fold]);
            }

            orbit.Add(value);
            orbit.Add(upper.Value);
        }

        var orbits = new SortedList<int, int[]>();
        foreach (SortedSet<int> orbit in byFold.Values.Where(orbit => orbit.Count > 1))
        {
            foreach (int rune in orbit)
            {
                orbits[rune] = [.. orbit.Where(other => other != rune)];
            }
        }

        return orbits;
    }
}
