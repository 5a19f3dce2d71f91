using System.Text.RegularExpressions;
using Kata.Testing.Builds;
using Kata.Testing.Commands;

namespace Kata.Vm.Tests.Guests;

/// <summary>A disk image of the guest, as an image instead of an initrd has it: a partition with ext4, the agent as its init, and one for hashes.</summary>
/// <param name="Image">The file.</param>
/// <param name="KernelParameters">What tells the kernel to boot from it.</param>
internal sealed partial record GuestDisk(string Image, string KernelParameters)
{
    private const int MiB = 1 << 20;
    private const int DataMebibytes = 47; // from the first MiB on
    private const int HashMebibytes = 2;
    private const string Plain = "root=/dev/vda1 ro rootfstype=ext4";

    // Runs from the disk, and hides it from those after it.
    private const string OverlayInit = """
        #!/rootfs/bin/busybox sh
        b=/rootfs/bin/busybox
        $b mount -t tmpfs tmpfs /over
        $b mkdir /over/up /over/work /over/root
        $b mount -t overlay overlay -o lowerdir=/,upperdir=/over/up,workdir=/over/work /over/root
        $b mkdir /over/root/old
        cd /over/root
        $b pivot_root . old
        $b umount -l /old
        exec /init

        """;

    /// <summary>Makes it from the initrd and more files.</summary>
    /// <param name="directory">Where to work; the image is there in the end.</param>
    /// <param name="files">The files to add.</param>
    /// <param name="root">How the guest uses it.</param>
    public static async Task<GuestDisk> MakeAsync(string directory, CpioArchive files, GuestRoot root)
    {
        string tree = Directory.CreateDirectory(Path.Combine(directory, "tree")).FullName;
        string more = Path.Combine(directory, "files.cpio");
        files.WriteTo(more);
        foreach (string archive in (string[])[BuildOutput.Initrd, more])
        {
            await RunAsync("sh", "-c", "cd \"$1\" && cpio --quiet -id < \"$2\"", "sh", tree, archive);
        }

        if (root == GuestRoot.Overlay)
        {
            Directory.CreateDirectory(Path.Combine(tree, "over"));
            await File.WriteAllTextAsync(Path.Combine(tree, "sbin/init"), OverlayInit, TestContext.Current.CancellationToken);
            File.SetUnixFileMode(Path.Combine(tree, "sbin/init"), (UnixFileMode)0x1ED); // 0755
        }
        else
        {
            File.CreateSymbolicLink(Path.Combine(tree, "sbin/init"), "/init");
        }

        string data = Path.Combine(directory, "data.img");
        await RunAsync("mkfs.ext4", "-q", "-F", "-b", "4096", "-d", tree, data, $"{DataMebibytes}m");
        string hashes = Path.Combine(directory, "hashes.img");
        string parameters = root == GuestRoot.Verity ? await AddHashesAsync(data, hashes) : Plain;
        return new GuestDisk(Join(directory, data, File.Exists(hashes) ? hashes : null), parameters);
    }

    private static async Task<string> AddHashesAsync(string data, string hashes)
    {
        string output = await RunAsync("veritysetup", "format", data, hashes);
        string Field(string name) => FieldPattern().Matches(output).First(match => match.Groups[1].Value == name).Groups[2].Value;
        const int blocks = DataMebibytes * MiB / 4096;
        return "root=/dev/dm-0 ro rootfstype=ext4 "
            + $"dm-mod.create=\"root,,,ro,0 {blocks * 8} verity 1 /dev/vda1 /dev/vda2 4096 4096 {blocks} 1 sha256 {Field("Root hash")} {Field("Salt")}\"";
    }

    private static string Join(string directory, string data, string? hashes)
    {
        string image = Path.Combine(directory, "root.img");
        using FileStream disk = File.Create(image);
        disk.SetLength((1 + DataMebibytes + HashMebibytes) * (long)MiB);
        disk.Position = 446; // the first entries of the partition table: type, first sector, sectors
        disk.Write(Entry(1, DataMebibytes));
        disk.Write(Entry(1 + DataMebibytes, HashMebibytes));
        disk.Position = 510;
        disk.Write([0x55, 0xAA]);
        Copy(data, 1);
        if (hashes is not null)
        {
            Copy(hashes, 1 + DataMebibytes);
        }

        return image;

        void Copy(string file, int mebibyte)
        {
            disk.Position = mebibyte * (long)MiB;
            using FileStream from = File.OpenRead(file);
            from.CopyTo(disk);
        }
    }

    private static byte[] Entry(int mebibyte, int mebibytes) =>
        [0, 0, 2, 0, 0x83, 0, 0, 0, .. BitConverter.GetBytes(mebibyte * (MiB / 512)), .. BitConverter.GetBytes(mebibytes * (MiB / 512))];

    private static async Task<string> RunAsync(string program, params string[] arguments) =>
        (await Command.RunAsync(program, arguments, options: null, TestContext.Current.CancellationToken)).EnsureSuccess().Output;

    [GeneratedRegex(@"^(Root hash|Salt):\s*([0-9a-f]+)$", RegexOptions.Multiline)]
    private static partial Regex FieldPattern();
}
