using System.Globalization;
using Grpc.Core;

namespace Kata.Agent.Tracing;

/// <summary>Reads the headers <c>traceparent</c> and <c>tracestate</c>, which anybody who can call may have written.</summary>
internal static class TraceParent
{
    private const int MinLength = 55;
    private const int MaxLength = 128;
    private const int MaxStates = 32;
    private const int MaxState = 512;

    /// <summary>The caller's span; null when there is none, or the header is malformed. A malformed state is left out.</summary>
    public static SpanContext? Read(Metadata headers)
    {
        string? parent = headers.GetValue("traceparent");
        return parent is null || Parse(parent) is not { } context ? null : context with { State = States(headers) };
    }

    /// <summary>Reads <c>VERSION-TRACE-SPAN-FLAGS</c>, in hexadecimal digits of lower case.</summary>
    public static SpanContext? Parse(string text)
    {
        if (text.Length is < MinLength or > MaxLength || text[2] != '-' || text[35] != '-' || text[52] != '-')
        {
            return null;
        }

        // Later versions may add to the end; version ff is none.
        bool isEnd = text.Length == MinLength || (text[MinLength] == '-' && !text.StartsWith("00", StringComparison.Ordinal));
        if (!isEnd || !IsHex(text.AsSpan(0, 2)) || text.StartsWith("ff", StringComparison.Ordinal)
            || !IsHex(text.AsSpan(3, 32)) || !IsHex(text.AsSpan(36, 16)) || !IsHex(text.AsSpan(53, 2)))
        {
            return null;
        }

        UInt128 trace = UInt128.Parse(text.AsSpan(3, 32), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        ulong span = ulong.Parse(text.AsSpan(36, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        byte flags = byte.Parse(text.AsSpan(53, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return trace == 0 || span == 0 ? null : new SpanContext(trace, span, (flags & 1) != 0, []);
    }

    private static bool IsHex(ReadOnlySpan<char> digits) => !digits.ContainsAnyExcept("0123456789abcdef");

    private static KeyValuePair<string, string>[] States(Metadata headers)
    {
        var states = new List<KeyValuePair<string, string>>();
        int length = 0;
        foreach (Metadata.Entry entry in headers)
        {
            if (entry.Key != "tracestate" || entry.IsBinary)
            {
                continue;
            }

            length += entry.Value.Length;
            foreach (string pair in length > MaxState ? [] : entry.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                int equals = pair.IndexOf('=', StringComparison.Ordinal);
                if (equals <= 0 || equals == pair.Length - 1 || states.Count == MaxStates || !pair.All(c => c is > ' ' and < '\x7f'))
                {
                    return [];
                }

                states.Add(new(pair[..equals], pair[(equals + 1)..]));
            }
        }

        return length > MaxState ? [] : [.. states];
    }
}
