namespace Kata.Agent.Tracing;

/// <summary>One thing that took time. It is written by one thread until it is ended, and not changed afterwards.</summary>
internal sealed class Span
{
    private const int MaxText = 256;
    private const int MaxAttributes = 16;

    private readonly List<KeyValuePair<string, string>> _attributes = [];

    /// <summary>What it was called.</summary>
    public required string Name { get; init; }

    /// <summary>Its name across machines.</summary>
    public required SpanContext Context { get; init; }

    /// <summary>The span that caused it; 0 for none.</summary>
    public ulong ParentId { get; init; }

    /// <summary>What it stands for.</summary>
    public required SpanKind Kind { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it was over.</summary>
    public DateTimeOffset Ended { get; set; }

    /// <summary>Why it failed; null if it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Details.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Attributes => _attributes;

    /// <summary>Adds a detail, unless it is empty or there are 16; a long one is cut.</summary>
    public void Add(string name, string value)
    {
        if (value.Length > 0 && _attributes.Count < MaxAttributes)
        {
            _attributes.Add(new(name, Cut(value)));
        }
    }

    /// <summary>Says that it failed.</summary>
    public void Fail(string why) => Failure = Cut(why);

    private static string Cut(string text) => text.Length <= MaxText ? text : text[..MaxText];
}
