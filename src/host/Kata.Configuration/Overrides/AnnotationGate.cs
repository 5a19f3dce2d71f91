using System.Text.RegularExpressions;
using Kata.Primitives;

namespace Kata.Configuration.Overrides;

/// <summary>Decides which hypervisor annotations a pod may set.</summary>
internal sealed class AnnotationGate
{
    private readonly List<Regex> _patterns;

    /// <summary>Compiles the patterns.</summary>
    /// <param name="patterns">Values of <c>enable_annotations</c>.</param>
    /// <param name="key">The key with its place, for messages.</param>
    /// <exception cref="KataException">InvalidArgument: a pattern is malformed, or needs backtracking.</exception>
    internal AnnotationGate(IEnumerable<string> patterns, string key)
    {
        // Names come from pods, so matching must take bounded time: no backtracking, as in the Go engine these patterns are written for.
        _patterns = [.. patterns.Where(pattern => pattern.Length > 0).Select(pattern => Compile(pattern, key))];
    }

    /// <summary>Whether a pod may set an annotation.</summary>
    /// <param name="name">Its name without the common prefix.</param>
    internal bool Allows(string name) => _patterns.Any(pattern => pattern.IsMatch(name));

    private static Regex Compile(string pattern, string key)
    {
        try
        {
            return new Regex($"^(?:{pattern})\\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw KataException.Invalid($"{key}: \"{Printable.Escape(pattern, 100)}\" is not a regular expression: {Printable.Escape(error.Message, 200)}", error);
        }
    }
}
