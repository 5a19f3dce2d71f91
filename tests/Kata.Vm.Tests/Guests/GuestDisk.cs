using Kata.Testing.Builds;
using Kata.Testing.Commands;

namespace Kata.Vm.Tests.Guests;

/// <summary>Makes a disk image of the guest, as an image instead of an initrd has it: one partition with ext4, the agent as its init.</summary>
internal static class GuestDisk
{
    private const int PartitionStart = 1 << 20;

    /// <summary>Makes it from the initrd and more files.</summary>
    /// <param name="directory">Where to work; the image is there in the end.</param>
    /// <param name="files">The files to add.</param>
    /// <returns>The image.</returns>
    public static async Task<string> MakeAsync(string directory, CpioArchive files)
    {
        string tree = Directory.CreateDirectory(Path.Combine(directory, "tree")).FullName;
        string more = Path.Combine(directory, "files.cpio");
        files.WriteTo(more);
        foreach (string archive in (string[])[BuildOutput.Initrd, more])
        {
            await RunAsync("sh", "-c", "cd \"$1\" && cpio --quiet -id < \"$2\"", "sh", tree, archive);
        }

        File.CreateSymbolicLink(Path.Combine(tree, "sbin/init"), "/init");
        string image = Path.Combine(directory, "root.img");
        using (FileStream disk = File.Create(image))
        {
            disk.SetLength(48 << 20);
            disk.Position = 446; // the first entry of the partition table: type Linux, from sector 2048
            disk.Write([0, 0, 2, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 0x78, 1, 0]);
            disk.Position = 510;
            disk.Write([0x55, 0xAA]);
        }

        await RunAsync("mkfs.ext4", "-q", "-F", "-d", tree, "-E", $"offset={PartitionStart}", image, "47m");
        return image;
    }

    private static async Task RunAsync(string program, params string[] arguments) =>
        (await Command.RunAsync(program, arguments, options: null, TestContext.Current.CancellationToken)).EnsureSuccess();
}
