using Kata.Linux.Processes;

namespace Kata.Linux.Tests.Processes;

public sealed class ProcessGroupTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TrySignal_Group_HitsLeaderAndChildren()
    {
        (Fd read, Fd write) = Fd.Pipe();
        using ProcessProgram program = new ProcessProgram().SetSession().Duplicate(write, 1).Execute("/bin/sh", ["sh", "-c", "sleep 1000 & sleep 1000"], ["PATH=/bin:/usr/bin"]);
        using LaunchedProcess process = ProcessLauncher.Start(program, new LaunchOptions());
        await process.Executed;
        write.Dispose();

        Assert.True(ProcessGroup.TrySignal(process.Pid, 9));

        // The pipe ends only when nobody has it any more: neither the shell nor its children.
        using (read)
        {
            await ProgramOutput.ReadAllAsync(read, Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        }

        Assert.Equal(9, (await process.WaitAsync(Token)).Signal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-5)]
    public void TrySignal_NoGroupOfOurs_IsRefused(int leader) => Assert.Throws<ArgumentOutOfRangeException>(() => ProcessGroup.TrySignal(leader, 0));
}
