using System.Globalization;
using System.Text;

namespace Kata.Rego.Values;

/// <summary>Writes values as text, and stops when the room is used up.</summary>
internal static class RegoText
{
    /// <summary>A value in the notation of the language, in which sets have braces.</summary>
    /// <param name="value">The value.</param>
    /// <param name="room">The most characters; what is longer ends with "…".</param>
    public static string Write(RegoValue value, int room)
    {
        var text = new StringBuilder();
        Append(text, value, room, json: false);
        return Cut(text, room);
    }

    /// <summary>A value as people read it in messages: like <see cref="Write"/>, but a text is without its quotes.</summary>
    public static string Plain(RegoValue value, int room) =>
        value is RegoString text ? (text.Value.Length <= room ? text.Value : text.Value[..room] + "…") : Write(value, room);

    /// <summary>A value as JSON, in which sets are arrays; null when it would be longer than allowed.</summary>
    public static string? Json(RegoValue value, int room)
    {
        var text = new StringBuilder();
        Append(text, value, room, json: true);
        return text.Length <= room ? text.ToString() : null;
    }

    private static string Cut(StringBuilder text, int room)
    {
        if (text.Length > room)
        {
            text.Length = room;
            text.Append('…');
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, RegoValue value, int room, bool json)
    {
        if (text.Length > room)
        {
            return;
        }

        switch (value)
        {
            case RegoBoolean boolean:
                text.Append(boolean.Value ? "true" : "false");
                break;
            case RegoNumber number:
                text.Append(number.Text());
                break;
            case RegoString content:
                AppendQuoted(text, content.Value, room);
                break;
            case RegoArray array:
                AppendItems(text, array.Items, room, json, '[', ']');
                break;
            case RegoSet { Items.Count: 0 } when !json:
                text.Append("set()");
                break;
            case RegoSet set:
                AppendItems(text, set.Items, room, json, json ? '[' : '{', json ? ']' : '}');
                break;
            case RegoObject members:
                AppendMembers(text, members, room, json);
                break;
            default:
                text.Append("null");
                break;
        }
    }

    private static void AppendItems(StringBuilder text, IReadOnlyList<RegoValue> items, int room, bool json, char open, char close)
    {
        text.Append(open);
        for (int i = 0; i < items.Count && text.Length <= room; i++)
        {
            text.Append(i == 0 ? string.Empty : json ? "," : ", ");
            Append(text, items[i], room, json);
        }

        text.Append(close);
    }

    private static void AppendMembers(StringBuilder text, RegoObject members, int room, bool json)
    {
        text.Append('{');
        for (int i = 0; i < members.Keys.Count && text.Length <= room; i++)
        {
            text.Append(i == 0 ? string.Empty : json ? "," : ", ");
            AppendKey(text, members.Keys[i], room, json);
            text.Append(json ? ":" : ": ");
            Append(text, members.Values[i], room, json);
        }

        text.Append('}');
    }

    // A key of JSON is a text: another value is written as JSON inside of one.
    private static void AppendKey(StringBuilder text, RegoValue key, int room, bool json)
    {
        if (json && key is not RegoString)
        {
            AppendQuoted(text, Json(key, room) ?? string.Empty, room);
            return;
        }

        Append(text, key, room, json);
    }

    private static void AppendQuoted(StringBuilder text, string content, int room)
    {
        text.Append('"');
        foreach (char c in content)
        {
            if (text.Length > room)
            {
                return;
            }

            switch (c)
            {
                case '"' or '\\':
                    text.Append('\\').Append(c);
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case < ' ':
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }

        text.Append('"');
    }
}
