using Kata.Configuration.Documents;
using Kata.Primitives;

namespace Kata.Configuration.Binding;

/// <summary>Collects everything that is wrong, so that one run shows all of it.</summary>
internal sealed class Problems
{
    private const int MaxShown = 20;

    private readonly List<string> _messages = [];
    private ErrorCode _code = ErrorCode.InvalidArgument;

    /// <summary>Notes a wrong value.</summary>
    internal void Add(SourceLocation location, string message) => _messages.Add($"{location}: {message}");

    /// <summary>Notes a request for something that does not exist here.</summary>
    internal void AddUnsupported(SourceLocation location, string message)
    {
        _code = _messages.Count == 0 ? ErrorCode.Unsupported : _code;
        Add(location, message);
    }

    /// <summary>Throws if anything was noted.</summary>
    /// <exception cref="KataException">InvalidArgument, or Unsupported when the first problem is one of support.</exception>
    internal void ThrowIfAny()
    {
        if (_messages.Count == 0)
        {
            return;
        }

        string more = _messages.Count > MaxShown ? $"; and {_messages.Count - MaxShown} more" : string.Empty;
        throw new KataException(_code, string.Join("; ", _messages.Take(MaxShown)) + more);
    }
}
