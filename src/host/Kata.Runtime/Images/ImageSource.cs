using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>Where an image or a root file system is: a path, and which image if there are several.</summary>
/// <param name="Path">An existing directory or file.</param>
/// <param name="Reference">Name of one image among several; null if there is only one.</param>
public sealed record ImageSource(string Path, string? Reference)
{
    /// <summary>Reads what a user gives: <c>PATH</c> or <c>PATH:NAME</c>.</summary>
    /// <exception cref="KataException">NotFound: there is no such path.</exception>
    public static ImageSource Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Exists(text))
        {
            return new ImageSource(text, Reference: null);
        }

        // The path may have colons too, and so may the name: the longest path that exists wins.
        for (int colon = text.LastIndexOf(':'); colon > 0; colon = text.LastIndexOf(':', colon - 1))
        {
            if (Exists(text[..colon]))
            {
                return new ImageSource(text[..colon], text[(colon + 1)..]);
            }
        }

        throw KataException.NotFound(
            $"{Printable.Escape(text, maxLength: 256)}: no such file or directory; give the path of an image layout, an image archive or an unpacked root file system (images are not pulled from registries yet)");
    }

    private static bool Exists(string path) => path.Length > 0 && (File.Exists(path) || Directory.Exists(path));
}
