using System.Globalization;

namespace Kata.Runtime.Persistence;

/// <summary>Tells a process from a later one that got the same id.</summary>
internal static class ProcessStart
{
    private const int FieldAfterName = 19; // starttime is field 22; the text after the name begins with field 3

    /// <summary>When a process started, in clock ticks since boot; null when there is no such process.</summary>
    public static ulong? Of(int processId)
    {
        string text;
        try
        {
            text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // The name is in parentheses and may hold spaces and parentheses itself.
        string[] fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > FieldAfterName && ulong.TryParse(fields[FieldAfterName], NumberStyles.None, CultureInfo.InvariantCulture, out ulong ticks) ? ticks : null;
    }
}
