using System.Diagnostics.CodeAnalysis;
using Kata.Linux.Mounts;
using Mount = Kata.Protocols.Oci.Mount;

namespace Kata.Agent.Rootfs;

/// <summary>The bind mounts of a specification between which and other containers' mounts spread, as detached copies of what they have in common.</summary>
internal sealed class SpreadingBinds : IDisposable
{
    private readonly Dictionary<Mount, DetachedMount> _copies = new(ReferenceEqualityComparer.Instance);

    /// <summary>Adds one, and owns it.</summary>
    public void Add(Mount mount, DetachedMount copy) => _copies.Add(mount, copy);

    /// <summary>Gives one away.</summary>
    /// <returns>Whether the mount is among them.</returns>
    public bool TryTake(Mount mount, [NotNullWhen(true)] out DetachedMount? copy) => _copies.Remove(mount, out copy);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DetachedMount copy in _copies.Values)
        {
            copy.Dispose();
        }

        _copies.Clear();
    }
}
