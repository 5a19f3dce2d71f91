using System.Security.Cryptography;
using Kata.Primitives;

namespace Kata.Configuration;

/// <summary>Checks that the files a configuration names are on this host, before anything is started.</summary>
public static class HostCheck
{
    private const string Qemu = "hypervisor.qemu.";

    /// <summary>Checks the files of the VM: QEMU, kernel, initrd or image, firmware, virtiofsd, and their hashes where annotations gave some.</summary>
    /// <exception cref="KataException">
    /// NotFound, or FailedPrecondition when a file is there but unusable: everything that is wrong, each with path, key and the key's place.
    /// </exception>
    public static void RequireUsable(KataConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        QemuConfiguration qemu = configuration.RequireQemu();
        var problems = new List<(ErrorCode Code, string Message)>();

        void Check(string key, string? path, bool executable = false)
        {
            if (path is not null && Fault(path, executable, qemu.Assets.Hashes.GetValueOrDefault(key)) is { } fault)
            {
                problems.Add((fault.Code, $"{path}: {fault.Message}; it is set by {configuration.Describe(Qemu + key)}"));
            }
        }

        Check("path", qemu.Path, executable: true);
        Check("kernel", qemu.Assets.Kernel);
        Check("initrd", qemu.Assets.Initrd);
        Check("image", qemu.Assets.Image);
        Check("firmware", qemu.Assets.Firmware);
        Check("virtio_fs_daemon", qemu.SharedFiles.Kind == SharedFileSystem.VirtioFs ? qemu.SharedFiles.VirtioFsDaemon : null, executable: true);
        if (problems.Count == 0 && qemu.Assets.Initrd is { } initrd && new FileInfo(initrd).Length >= qemu.Memory.Size.Bytes)
        {
            problems.Add((ErrorCode.FailedPrecondition, $"{initrd} is larger than the VM's memory, {qemu.Memory.Size}; raise {configuration.Describe(Qemu + "default_memory")}"));
        }

        if (problems.Count > 0)
        {
            throw new KataException(problems[0].Code, string.Join("; ", problems.Select(problem => problem.Message)));
        }
    }

    private static (ErrorCode Code, string Message)? Fault(string path, bool executable, string? hash)
    {
        try
        {
            if (Directory.Exists(path))
            {
                return (ErrorCode.FailedPrecondition, "is a directory");
            }

            var file = new FileInfo(path);
            file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;

            // A FIFO or device has no length, and must not be opened: that could block. Length throws where nothing is there.
            if (file.Length == 0)
            {
                return (ErrorCode.FailedPrecondition, "is empty or no regular file");
            }

            using FileStream stream = file.OpenRead();
            if (hash is not null && Convert.ToHexStringLower(SHA512.HashData(stream)) != hash)
            {
                return (ErrorCode.FailedPrecondition, "does not have the SHA-512 hash that an annotation gave");
            }

            const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
            return executable && (file.UnixFileMode & AnyExecute) == 0 ? (ErrorCode.FailedPrecondition, "is not executable") : null;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return (ErrorCode.NotFound, "no such file");
        }
        catch (UnauthorizedAccessException)
        {
            return (ErrorCode.PermissionDenied, "cannot be read: permission denied");
        }
        catch (IOException error)
        {
            return (ErrorCode.FailedPrecondition, $"cannot be read: {Printable.Escape(error.Message, 200)}");
        }
    }
}
