using System.Globalization;
using System.Runtime.CompilerServices;

namespace Kata.Agent.Containers;

/// <summary>The text of a message that is only made, with all that it names, if a condition does not hold: a request is checked in a hundred places.</summary>
[InterpolatedStringHandler]
internal ref struct FailureText
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Called by the compiler.</summary>
    public FailureText(int literalLength, int formattedCount, bool condition, out bool isNeeded)
    {
        isNeeded = !condition;
        _text = isNeeded ? new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture) : default;
    }

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted(string value) => _text.AppendFormatted(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted(int value) => _text.AppendFormatted(value);

    /// <summary>The text; once only.</summary>
    public string ToStringAndClear() => _text.ToStringAndClear();
}
