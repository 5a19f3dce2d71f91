using System.Security.Cryptography;
using Kata.Configuration;
using Kata.Primitives;

namespace Kata.Hypervisors.Qemu;

/// <summary>Checks, before anything is started, that the files the configuration names are there and can be used.</summary>
internal static class QemuFiles
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Checks them all.</summary>
    /// <exception cref="KataException">NotFound, PermissionDenied, InvalidArgument: the first that is not right, with its path and configuration key.</exception>
    public static void Check(VmSpec spec, QemuConfiguration configuration, bool needsVirtioFsDaemon)
    {
        IReadOnlyDictionary<string, string> hashes = configuration.Assets.Hashes;
        RequireExecutable(configuration.Path, "qemu", "path");
        if (needsVirtioFsDaemon)
        {
            RequireExecutable(configuration.SharedFiles.VirtioFsDaemon, "virtiofsd", "virtio_fs_daemon");
        }

        RequireReadable(spec.Kernel, "the guest kernel", "kernel");
        if (spec.Initrd is null == spec.Image is null)
        {
            throw KataException.Invalid("the guest needs either an initrd or an image: set exactly one of hypervisor.qemu.initrd and hypervisor.qemu.image");
        }

        if (spec.Initrd is { } initrd)
        {
            RequireReadable(initrd, "the guest's initrd", "initrd");
            if (LengthOf(initrd) >= spec.Memory.Bytes)
            {
                throw Wrong(ErrorCode.InvalidArgument, "the guest's initrd", initrd, "default_memory", $"is larger than the guest's memory, {spec.Memory}", null);
            }
        }

        if (spec.Image is { } image)
        {
            RequireReadable(image, "the guest's image", "image");
        }

        if (configuration.Assets.Firmware is { Length: > 0 } firmware)
        {
            RequireReadable(firmware, "the guest's firmware", "firmware");
        }

        RequireHash(hashes, configuration.Path, "path");
        RequireHash(hashes, spec.Kernel, "kernel");
        RequireHash(hashes, spec.Initrd, "initrd");
        RequireHash(hashes, spec.Image, "image");
        RequireHash(hashes, configuration.Assets.Firmware, "firmware");
    }

    private static void RequireReadable(string path, string what, string key)
    {
        try
        {
            // Looked at before it is opened: a FIFO would block, and opening a device can have effects. Neither has a length.
            if (LengthOf(path) == 0)
            {
                throw Wrong(ErrorCode.InvalidArgument, what, path, key, "is empty or no regular file", null);
            }

            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Explain(error, what, path, key);
        }
    }

    private static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        return (file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file).Length;
    }

    private static void RequireExecutable(string path, string what, string key)
    {
        RequireReadable(path, what, key);
        if ((File.GetUnixFileMode(path) & AnyExecute) == 0)
        {
            throw Wrong(ErrorCode.PermissionDenied, what, path, key, "is not executable", null);
        }
    }

    private static void RequireHash(IReadOnlyDictionary<string, string> hashes, string? path, string key)
    {
        if (path is null || !hashes.TryGetValue(key, out string? wanted))
        {
            return;
        }

        using FileStream file = File.OpenRead(path);
        if (!string.Equals(Convert.ToHexStringLower(SHA512.HashData(file)), wanted, StringComparison.OrdinalIgnoreCase))
        {
            throw Wrong(ErrorCode.InvalidArgument, "the file", path, key, "does not have the SHA-512 that an annotation asks for", null);
        }
    }

    private static KataException Explain(Exception error, string what, string path, string key) => error switch
    {
        _ when Directory.Exists(path) => Wrong(ErrorCode.InvalidArgument, what, path, key, "is a directory", error),
        FileNotFoundException or DirectoryNotFoundException => Wrong(ErrorCode.NotFound, what, path, key, "does not exist", error),
        UnauthorizedAccessException => Wrong(ErrorCode.PermissionDenied, what, path, key, "cannot be read: permission denied", error),
        _ => Wrong(ErrorCode.InvalidArgument, what, path, key, $"cannot be read: {Printable.Escape(error.Message, 200)}", error),
    };

    private static KataException Wrong(ErrorCode code, string what, string path, string key, string problem, Exception? cause) =>
        new(code, $"{what} '{Printable.Escape(path, 512)}' {problem}; correct 'hypervisor.qemu.{key}' in the configuration or put the file there", cause);
}
