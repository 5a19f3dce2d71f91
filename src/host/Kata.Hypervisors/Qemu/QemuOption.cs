using System.Globalization;
using System.Text;

namespace Kata.Hypervisors.Qemu;

/// <summary>The value of a QEMU option: comma-separated properties after an optional first word, with commas inside values doubled as QEMU wants them.</summary>
internal sealed class QemuOption
{
    private readonly StringBuilder _text = new();

    /// <summary>Starts with a word, such as a device's type; null starts with the first property.</summary>
    public QemuOption(string? first = null) => _text.Append(Escape(first ?? string.Empty));

    /// <summary>Adds a property.</summary>
    public QemuOption Set(string key, string value)
    {
        _text.Append(_text.Length > 0 ? "," : string.Empty).Append(key).Append('=').Append(Escape(value));
        return this;
    }

    /// <summary>Adds a number.</summary>
    public QemuOption Set(string key, long value) => Set(key, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Adds a switch.</summary>
    public QemuOption Set(string key, bool value) => Set(key, value ? "on" : "off");

    /// <summary>Adds options that are already written as QEMU reads them; nothing when empty.</summary>
    public QemuOption Append(string options)
    {
        if (options.Trim().Trim(',') is { Length: > 0 } rest)
        {
            _text.Append(_text.Length > 0 ? "," : string.Empty).Append(rest);
        }

        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);
}
