using Kata.Linux;
using Kata.Linux.Paths;

namespace Kata.Runtime.Images;

/// <summary>Gives an unpacked entry the owner, mode, attributes and times that the archive names.</summary>
internal sealed class EntryAttributes
{
    /// <summary>
    /// Classes of attributes an image may set. Others change what the host does with the file: <c>trusted.overlay.*</c> would redirect
    /// overlayfs, <c>security.ima</c> and labels belong to the host's own policy.
    /// </summary>
    private static readonly string[] AllowedAttributes = ["user.", "security.capability", "system.posix_acl_access", "system.posix_acl_default"];

    private bool _unsupported;

    /// <summary>Applies everything to a file, directory or node.</summary>
    /// <param name="parent">The directory that holds it.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="file">The entry itself, open in any way.</param>
    /// <param name="entry">What the archive says.</param>
    public void Apply(Fd parent, string name, Fd file, TarEntry entry)
    {
        // The order counts: a change of owner clears set-id bits and file capabilities.
        FileAt.ChangeOwner(file, entry.UserId, entry.GroupId);
        FileAt.ChangeMode(file, entry.Mode);
        ApplyExtended(parent, name, entry);
        FileAt.SetTimes(parent, name, entry.ModifiedSeconds, entry.ModifiedNanoseconds);
    }

    /// <summary>Applies to a symbolic link what links have: owner and times.</summary>
    public void ApplyToLink(Fd parent, string name, TarEntry entry)
    {
        FileAt.ChangeOwner(parent, name, entry.UserId, entry.GroupId);
        FileAt.SetTimes(parent, name, entry.ModifiedSeconds, entry.ModifiedNanoseconds);
    }

    /// <summary>Applies owner and mode to the root directory, whose name is not the image's.</summary>
    public void ApplyToRoot(Fd root, TarEntry entry)
    {
        FileAt.ChangeOwner(root, entry.UserId, entry.GroupId);
        FileAt.ChangeMode(root, entry.Mode);
    }

    private void ApplyExtended(Fd parent, string name, TarEntry entry)
    {
        foreach ((string attribute, byte[] value) in entry.ExtendedAttributes)
        {
            if (_unsupported || !IsAllowed(attribute))
            {
                continue;
            }

            try
            {
                ExtendedAttributes.Set(parent, name, attribute, value);
            }
            catch (LinuxException error) when (error.Errno == Errno.EOPNOTSUPP)
            {
                // The file system of the store has no attributes: the files are worth having without them, and asking again is no use.
                _unsupported = !attribute.StartsWith("system.", StringComparison.Ordinal);
            }
        }
    }

    private static bool IsAllowed(string attribute) =>
        AllowedAttributes.Any(allowed => allowed.EndsWith('.') ? attribute.StartsWith(allowed, StringComparison.Ordinal) : attribute == allowed)
        && !attribute.StartsWith("user.overlay.", StringComparison.Ordinal);
}
