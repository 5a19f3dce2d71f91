using System.Globalization;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Boot;

/// <summary>One setting as it was given: a word of the command line, a variable, or a value of the configuration file.</summary>
/// <param name="Name">What the host calls it, for messages: <c>agent.log</c>.</param>
/// <param name="Value">A text, number, boolean or list of texts; null for a word without a value.</param>
internal readonly record struct SettingValue(string Name, object? Value)
{
    /// <summary>A text that is not empty.</summary>
    /// <exception cref="KataException">InvalidArgument: it is none.</exception>
    public string Text => Value is string { Length: > 0 } text ? text : throw Wrong("give a text");

    /// <summary>A list of texts.</summary>
    /// <exception cref="KataException">InvalidArgument: it is none.</exception>
    public IReadOnlyList<string> Texts => Value as IReadOnlyList<string> ?? throw Wrong("give an array of strings");

    /// <summary>Yes or no; a number is yes unless it is 0.</summary>
    /// <exception cref="KataException">InvalidArgument: neither.</exception>
    public bool Flag => Value switch
    {
        bool flag => flag,
        "true" or "yes" or "on" => true,
        "false" or "no" or "off" => false,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number != 0,
        _ => throw Wrong("use true or false"),
    };

    /// <summary>As <see cref="Flag"/>; a word without a value is yes.</summary>
    public bool Switch => Value is null || Flag;

    /// <summary>A level of records.</summary>
    /// <exception cref="KataException">InvalidArgument: there is no such level.</exception>
    public LogLevel Level => Value switch
    {
        "fatal" or "panic" or "critical" => LogLevel.Critical,
        "error" => LogLevel.Error,
        "warn" or "warning" => LogLevel.Warning,
        "info" => LogLevel.Information,
        "debug" => LogLevel.Debug,
        "trace" => LogLevel.Trace,
        _ => throw Wrong("use critical, error, warn, info, debug or trace"),
    };

    /// <summary>A whole number within a range.</summary>
    /// <exception cref="KataException">InvalidArgument: it is none.</exception>
    public long Number(long least, long most)
    {
        long? number = Value switch
        {
            long given => given,
            string text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long parsed) => parsed,
            _ => null,
        };
        return number is { } value && value >= least && value <= most ? value : throw Wrong($"give a whole number from {least} to {most}");
    }

    /// <summary>A port of vsock.</summary>
    /// <exception cref="KataException">InvalidArgument: it is none.</exception>
    public uint Port => (uint)Number(1, uint.MaxValue);

    /// <summary>One of several words.</summary>
    /// <exception cref="KataException">InvalidArgument: none of them.</exception>
    public string OneOf(params ReadOnlySpan<string> words)
    {
        foreach (string word in words)
        {
            if (Value is string text && text == word)
            {
                return word;
            }
        }

        throw Wrong($"use {string.Join(", ", words.ToArray())}");
    }

    private KataException Wrong(string advice)
    {
        string shown = Value is IEnumerable<string> ? "an array" : Convert.ToString(Value, CultureInfo.InvariantCulture) ?? string.Empty;
        return KataException.Invalid($"{Name}={Printable.Escape(shown, 64)}: {advice}");
    }
}
