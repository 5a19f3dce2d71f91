using System.Text;

using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>A path out of an archive, taken apart: relative to the image's root, without dots or empty parts.</summary>
internal readonly record struct ImagePath
{
    private const int MaxComponent = 255;

    private ImagePath(string text, int slash)
    {
        Text = text;
        Parent = slash < 0 ? "" : text[..slash];
        Name = text[(slash + 1)..];
    }

    /// <summary>The path without slashes at its ends; empty for the root.</summary>
    public string Text { get; }

    /// <summary>The path of the directory; empty for the root.</summary>
    public string Parent { get; }

    /// <summary>The last component; empty for the root.</summary>
    public string Name { get; }

    /// <summary>True for the image's root directory.</summary>
    public bool IsRoot => Text.Length == 0;

    /// <summary>Checks a path.</summary>
    /// <exception cref="KataException">InvalidArgument: it leaves the root, is too long or too deep.</exception>
    public static ImagePath Parse(string raw, ImageLimits limits)
    {
        if (Encoding.UTF8.GetByteCount(raw) > limits.PathLength)
        {
            throw Refused(raw, $"is longer than {limits.PathLength} bytes");
        }

        var clean = new StringBuilder(raw.Length);
        int depth = 0;
        foreach (Range range in raw.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> component = raw.AsSpan()[range];
            if (component.IsEmpty || component is ".")
            {
                continue;
            }

            if (component is "..")
            {
                throw Refused(raw, "leaves the image by \"..\"");
            }

            if (Encoding.UTF8.GetByteCount(component) > MaxComponent)
            {
                throw Refused(raw, $"has a component longer than {MaxComponent} bytes");
            }

            if (++depth > limits.PathDepth)
            {
                throw Refused(raw, $"is deeper than {limits.PathDepth} directories");
            }

            clean.Append(clean.Length == 0 ? "" : "/").Append(component);
        }

        string text = clean.ToString();
        return new ImagePath(text, text.LastIndexOf('/'));
    }

    private static KataException Refused(string path, string why) => KataException.Invalid($"the path \"{Printable.Escape(path, maxLength: 256)}\" in the image {why}");
}
