using System.Diagnostics;
using Kata.Testing.Builds;
using Kata.Testing.Commands;

namespace Kata.Bench;

/// <summary>The floor under every start: QEMU, our kernel, and an init in C that does nothing but say it is there.</summary>
internal sealed class BareBoot : IDisposable
{
    private const string Source = """
        #include <fcntl.h>
        #include <sys/mount.h>
        #include <sys/reboot.h>
        #include <sys/stat.h>
        #include <unistd.h>
        int main(void) {
            mkdir("/dev", 0755);
            mount("devtmpfs", "/dev", "devtmpfs", 0, 0);
            int console = open("/dev/console", O_RDWR);
            if (write(console, "INIT-READY\n", 11) != 11) return 1;
            reboot(RB_POWER_OFF);
            for (;;) pause();
        }
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("kata-bench").FullName;

    /// <summary>Compiles the init and packs its initrd.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "init.c"), Source, cancellationToken);
        string script = "gcc -O1 -static -o init init.c && echo init | cpio --quiet -o -H newc > initrd";
        (await Command.RunAsync("sh", ["-c", script], new CommandOptions { WorkingDirectory = _directory }, cancellationToken)).EnsureSuccess();
    }

    /// <summary>Boots once.</summary>
    /// <returns>Milliseconds from starting QEMU to the init's line.</returns>
    public async Task<double> BootAsync(CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine", "q35", "-accel", "tcg,thread=multi", "-m", "256",
            "-kernel", BuildOutput.Kernel, "-initrd", Path.Combine(_directory, "initrd"),
            "-append", "console=ttyS0 quiet panic=-1 noreplace-smp tsc=reliable", "-serial", "stdio",
        ];
        var clock = Stopwatch.StartNew();
        using Process qemu = Process.Start(new ProcessStartInfo("qemu-system-x86_64", arguments) { RedirectStandardOutput = true, RedirectStandardInput = true })
            ?? throw new InvalidOperationException("QEMU did not start");
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(TimeSpan.FromSeconds(60));
            while (await qemu.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
            {
                if (line.Contains("INIT-READY", StringComparison.Ordinal))
                {
                    return clock.Elapsed.TotalMilliseconds;
                }
            }

            throw new InvalidOperationException("QEMU ended before the init was up");
        }
        finally
        {
            qemu.Kill();
            await qemu.WaitForExitAsync(CancellationToken.None);
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
