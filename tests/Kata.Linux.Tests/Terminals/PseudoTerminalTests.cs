using System.Text;
using Kata.Linux.Processes;
using Kata.Linux.Terminals;

namespace Kata.Linux.Tests.Terminals;

public sealed class PseudoTerminalTests
{
    private static TimeSpan Deadline => TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_ProcessWithIt_HasAControllingTerminalOfThatSize()
    {
        using PseudoTerminal terminal = PseudoTerminal.Open();
        terminal.Resize(rows: 33, columns: 77);
        using var program = new ProcessProgram();
        LaunchedProcess process;
        using (Fd slave = terminal.OpenSlave())
        {
            program.SetSession().Duplicate(slave, 0).Duplicate(slave, 1).Duplicate(slave, 2).SetControllingTerminal(0)
                .Execute("/bin/sh", ["sh", "-c", "stty size </dev/tty; tty"], ["PATH=/usr/bin:/bin"]);
            process = ProcessLauncher.Start(program, new LaunchOptions());
        }

        using (process)
        {
            string output = await ReadUntilHangUpAsync(terminal.Master);
            ExitStatus status = await process.WaitAsync(Cancel).WaitAsync(Deadline, Cancel);

            Assert.Equal(0, status.ShellCode);
            Assert.Equal($"33 77\r\n{terminal.SlavePath}\r\n", output);
        }
    }

    [Fact]
    public void Open_InDevpts_WorksWithoutThePath()
    {
        using Fd devpts = Fd.Open("/dev/pts", OpenFlags.Path | OpenFlagsPerArchitecture.Directory);

        // The multiplexer inside an unprivileged devpts may have mode 000, which root does not mind.
        using PseudoTerminal terminal = PseudoTerminal.Open(devpts);
        using Fd slave = terminal.OpenSlave();

        Assert.True(TerminalMode.IsTerminal(slave));
    }

    [Fact]
    public void MakeRaw_ThenDispose_RestoresTheMode()
    {
        using PseudoTerminal terminal = PseudoTerminal.Open();
        using Fd slave = terminal.OpenSlave();
        byte[] one = new byte[16];

        using (TerminalMode.MakeRaw(slave))
        {
            FdIo.WriteAll(slave, "a\n"u8);
            Assert.Equal("a\n", Encoding.ASCII.GetString(one, 0, FdIo.Read(terminal.Master, one)));
        }

        FdIo.WriteAll(slave, "a\n"u8);
        Assert.Equal("a\r\n", Encoding.ASCII.GetString(one, 0, FdIo.Read(terminal.Master, one)));
    }

    [Fact]
    public void IsTerminal_Pipe_IsFalse()
    {
        (Fd read, Fd write) = Fd.Pipe();
        using (read)
        using (write)
        {
            Assert.False(TerminalMode.IsTerminal(read));
            Assert.Equal(Errno.ENOTTY, Assert.Throws<LinuxException>(() => TerminalMode.MakeRaw(read)).Errno);
        }
    }

    private static Task<string> ReadUntilHangUpAsync(Fd master) => Task.Run(
        () =>
        {
            var text = new StringBuilder();
            byte[] buffer = new byte[256];
            while (FdIo.TryRead(master, buffer, out int count) == 0 && count > 0)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }

            return text.ToString();
        },
        Cancel).WaitAsync(Deadline, Cancel);
}
