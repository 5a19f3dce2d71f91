using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>A file system to mount, checked: all that is missing is the source, which may be a device that has yet to appear.</summary>
internal sealed record FileSystemPlan
{
    private const int MaxType = 32;

    /// <summary>Where.</summary>
    public required string MountPoint { get; init; }

    /// <summary>The file system's type.</summary>
    public required string Type { get; init; }

    /// <summary>How.</summary>
    public required MountOptions Options { get; init; }

    /// <summary>Whose it becomes; null leaves it as it is.</summary>
    public VolumeGroup? Group { get; init; }

    /// <summary>Checks a request.</summary>
    /// <param name="storage">The request.</param>
    /// <param name="type">The file system's type.</param>
    /// <param name="words">Its options that are not taken yet.</param>
    /// <exception cref="KataException">InvalidArgument: the type or an option is wrong. Unsupported: an option asks for what the guest does not do.</exception>
    public static FileSystemPlan From(StorageRequest storage, string type, StorageOptions words)
    {
        VolumeGroup? group = VolumeGroup.Take(storage, words);
        MountOptions options = words.TakeMountOptions();
        if (options.IsBind)
        {
            throw KataException.Invalid($"storage driver {storage.Driver}: option bind does not go with file system type '{type}'");
        }

        if (type.Length is 0 or > MaxType || !type.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
        {
            throw KataException.Invalid($"storage driver {storage.Driver}: '{Printable.Escape(type, MaxType)}' is no file system type");
        }

        return new FileSystemPlan { MountPoint = storage.MountPoint, Type = type, Options = options, Group = group };
    }

    /// <summary>Mounts it. A call that fails leaves nothing.</summary>
    /// <param name="source">The device or tag.</param>
    /// <param name="data">Options of the file system in place of those of the request; null for those.</param>
    public GuestMount Mount(string source, string? data = null) => GuestMount.Make(MountPoint, mount => MountInto(mount, source, data));

    /// <summary>Mounts it as part of a storage that consists of more.</summary>
    /// <inheritdoc cref="Mount(string, string)"/>
    public void MountInto(GuestMount mount, string source, string? data = null)
    {
        using (Fd target = GuestPaths.CreateDirectory(MountPoint, mount))
        {
            Attach(source, target, data ?? Options.DataText);
        }

        mount.Own(() => GuestPaths.Unmount(MountPoint));
        using Fd mounted = GuestPaths.Open(MountPoint, OpenFlags.Path); // a new lookup, which finds what is mounted there
        Finish(mounted, Options);
        if (Group is not null && (Options.Flags & MountFlags.ReadOnly) == 0)
        {
            Group.Apply(mounted);
        }
    }

    /// <summary>Sets what can only be set once a mount is there.</summary>
    internal static void Finish(Fd mounted, MountOptions options)
    {
        if (options.HasRecursiveAttributes)
        {
            MountTree.SetAttributes(mounted, options.RecursiveSet, options.RecursiveClear, recursive: true);
        }

        foreach (MountFlags propagation in options.Propagation)
        {
            Linux.Mounts.Mount.SetPropagation(mounted.ProcPath, propagation);
        }
    }

    private void Attach(string source, Fd target, string? data)
    {
        try
        {
            Linux.Mounts.Mount.Attach(source, target, Type, Options.Flags, data);
        }
        catch (LinuxException error) when (error.Errno == Errno.ENODEV)
        {
            throw KataException.Unsupported($"storage at {MountPoint}: the guest's kernel has no file system '{Type}'");
        }
        catch (LinuxException error) when (error.Errno == Errno.EINVAL)
        {
            throw KataException.Invalid(
                $"storage at {MountPoint}: {Printable.Escape(source, 128)} holds no {Type} file system, or one of the options '{Printable.Escape(data ?? string.Empty, 256)}' is wrong", error);
        }
    }
}
