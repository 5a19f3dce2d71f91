namespace Kata.Testing.Builds;

/// <summary>What <c>make build</c> and <c>make image</c> left in <c>out/</c>. A part that is missing is a clear error that names the target.</summary>
public static class BuildOutput
{
    /// <summary>The root of the source tree.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The directory of the host binaries.</summary>
    public static string BinDirectory => Path.GetDirectoryName(Shim)!;

    /// <summary>The shim.</summary>
    public static string Shim => Require("out/bin/containerd-shim-kata-v2", "build");

    /// <summary>The command line.</summary>
    public static string Runtime => Require("out/bin/kata-runtime", "build");

    /// <summary>The guest kernel.</summary>
    public static string Kernel => Require("out/guest/vmlinux", "build");

    /// <summary>The guest kernel's modules, as a root file system has them below <c>/lib/modules</c>.</summary>
    public static string Modules => Require("out/guest/modules", "kernel");

    /// <summary>The guest's initrd with the agent.</summary>
    public static string Initrd => Require("out/guest/kata-containers-initrd.img", "build");

    /// <summary>The test image as an OCI layout folder.</summary>
    public static string ImageLayout => Require("out/test-image/busybox", "image");

    /// <summary>The test image as an OCI archive, for <c>ctr images import</c>.</summary>
    public static string ImageArchive => Require("out/test-image/busybox.tar", "image");

    /// <summary>An image that does nothing until it is killed, as an OCI archive: what the first container of a pod runs.</summary>
    public static string PauseArchive => Require("out/test-image/pause.tar", "image");

    /// <summary>Writes a <c>configuration.toml</c> that uses this build.</summary>
    /// <param name="directory">Where the file goes.</param>
    /// <param name="edit">Changes the text before it is written: another kernel, another timeout.</param>
    /// <returns>The path of the file.</returns>
    public static string WriteConfiguration(string directory, Func<string, string>? edit = null)
    {
        string template = File.ReadAllText(Require("config/configuration-qemu.toml.in", "build"));
        string text = template
            .Replace("@PREFIX@/share/kata-containers", Path.Combine(Root, "out/guest"), StringComparison.Ordinal)
            .Replace("@PREFIX@", Path.Combine(Root, "out"), StringComparison.Ordinal);
        string path = Path.Combine(directory, "configuration.toml");
        File.WriteAllText(path, edit is null ? text : edit(text));
        return path;
    }

    private static string Require(string relative, string target)
    {
        string path = Path.Combine(Root, relative);
        return Path.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing; run 'make {target}'");
    }

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Kata.slnx")))
            {
                return directory.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no Kata.slnx above {AppContext.BaseDirectory}");
    }
}
