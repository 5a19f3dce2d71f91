using Kata.Oci.Runtime;
using Kata.Primitives;
using Kata.Runtime.Containers;

namespace Kata.Runtime.Storage;

/// <summary>What one container has in the shared directory. Disposing takes it away.</summary>
/// <param name="share">The sandbox's shared directory; null: nothing can be shared.</param>
/// <param name="containerId">The container.</param>
internal sealed class ContainerFiles(SharedDirectory? share, string containerId) : IDisposable
{
    private readonly List<string> _names = [];

    /// <summary>Shares the root file system.</summary>
    /// <returns>The path in the guest.</returns>
    /// <exception cref="KataException">Unsupported: nothing is shared with this guest.</exception>
    public string AddRootfs(RootfsSource source)
    {
        if (share is null)
        {
            throw KataException.Unsupported($"container {containerId}: shared_fs is none, so its root file system cannot reach the guest; use virtio-fs or virtio-9p");
        }

        _names.Add(containerId);
        return share.AddRootfs(containerId, source);
    }

    /// <summary>Shares the volumes.</summary>
    /// <returns>The mounts as the guest makes them.</returns>
    public IReadOnlyList<Mount> AddVolumes(IReadOnlyList<Mount> mounts) => VolumePlan.Apply(containerId, mounts, share, _names);

    /// <summary>Unmounts and removes everything.</summary>
    public void Dispose()
    {
        foreach (string name in Enumerable.Reverse(_names))
        {
            share?.Remove(name);
        }

        _names.Clear();
    }
}
