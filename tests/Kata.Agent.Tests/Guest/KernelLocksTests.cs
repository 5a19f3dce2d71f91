using Kata.Agent.Guest;

namespace Kata.Agent.Tests.Guest;

public sealed class KernelLocksTests : IDisposable
{
    private readonly string _sysctls = Directory.CreateTempSubdirectory("kata-locks-").FullName;

    public void Dispose() => Directory.Delete(_sysctls, recursive: true);

    [Fact]
    public void Close_ImageWithoutModprobe_ClosesAll()
    {
        Have("kernel/kexec_load_disabled", "dev/tty/ldisc_autoload", "kernel/modules_disabled", "kernel/usermodehelper/bset");

        KernelLocks.Close(_sysctls, loadsModules: false);

        Assert.Equal(["1", "0", "1", "0 0"], Values("kernel/kexec_load_disabled", "dev/tty/ldisc_autoload", "kernel/modules_disabled", "kernel/usermodehelper/bset"));
    }

    [Fact]
    public void Close_ImageWithModprobe_LeavesModulesToTheKernel()
    {
        Have("kernel/kexec_load_disabled", "dev/tty/ldisc_autoload", "kernel/modules_disabled", "kernel/usermodehelper/bset");

        KernelLocks.Close(_sysctls, loadsModules: true);

        Assert.Equal(["1", "0", "", ""], Values("kernel/kexec_load_disabled", "dev/tty/ldisc_autoload", "kernel/modules_disabled", "kernel/usermodehelper/bset"));
    }

    [Fact]
    public void Close_KernelWithoutASetting_ClosesTheOthers()
    {
        Have("kernel/modules_disabled");

        KernelLocks.Close(_sysctls, loadsModules: false);

        Assert.Equal(["1"], Values("kernel/modules_disabled"));
    }

    private void Have(params string[] names)
    {
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_sysctls, name))!);
            File.WriteAllText(Path.Combine(_sysctls, name), string.Empty);
        }
    }

    private string[] Values(params string[] names) => [.. names.Select(name => File.ReadAllText(Path.Combine(_sysctls, name)))];
}
