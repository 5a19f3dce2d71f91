using System.Globalization;
using System.Text;

namespace Kata.Agent.Metrics;

/// <summary>Writes metrics in the text format of Prometheus, version 0.0.4. Not safe for concurrent use.</summary>
internal sealed class PrometheusText
{
    private readonly StringBuilder _text = new(32 * 1024);
    private string _name = string.Empty;

    /// <summary>Begins a metric; its samples follow.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type"><c>counter</c> or <c>gauge</c>.</param>
    /// <param name="help">What it is, in one line.</param>
    public PrometheusText Begin(string name, string type, string help)
    {
        _name = name;
        _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        return this;
    }

    /// <summary>Writes a sample without labels.</summary>
    public PrometheusText Add(double value) => AddValue(_text.Append(_name), value);

    /// <summary>Writes a sample with one label.</summary>
    public PrometheusText Add(string label, string labelValue, double value)
    {
        _text.Append(_name).Append('{');
        return AddValue(AddLabel(label, labelValue).Append('}'), value);
    }

    /// <summary>Writes a sample with two labels.</summary>
    public PrometheusText Add(string first, string firstValue, string second, string secondValue, double value)
    {
        _text.Append(_name).Append('{');
        AddLabel(first, firstValue).Append(',');
        return AddValue(AddLabel(second, secondValue).Append('}'), value);
    }

    /// <summary>Writes a sample with three labels.</summary>
    public PrometheusText Add(ReadOnlySpan<string> labels, ReadOnlySpan<string> values, double value)
    {
        _text.Append(_name).Append('{');
        for (int i = 0; i < labels.Length; i++)
        {
            AddLabel(labels[i], values[i]).Append(i + 1 < labels.Length ? "," : "}");
        }

        return AddValue(_text, value);
    }

    /// <summary>The whole text.</summary>
    public override string ToString() => _text.ToString();

    private StringBuilder AddLabel(string name, string value)
    {
        _text.Append(name).Append("=\"");
        foreach (char c in value)
        {
            _ = c switch
            {
                '\\' => _text.Append("\\\\"),
                '"' => _text.Append("\\\""),
                '\n' => _text.Append("\\n"),
                _ when char.IsControl(c) || char.IsSurrogate(c) => _text.Append('?'), // names that somebody in the guest chose
                _ => _text.Append(c),
            };
        }

        return _text.Append('"');
    }

    private PrometheusText AddValue(StringBuilder text, double value)
    {
        text.Append(' ').Append(CultureInfo.InvariantCulture, $"{value}").Append('\n');
        return this;
    }
}
