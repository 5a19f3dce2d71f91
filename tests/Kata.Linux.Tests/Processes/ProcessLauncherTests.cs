using Kata.Linux.Processes;
using Kata.Primitives;

namespace Kata.Linux.Tests.Processes;

public sealed class ProcessLauncherTests
{
    private static readonly string[] Path = ["PATH=/usr/bin:/bin"];

    public static TheoryData<bool> MemoryModes => [true, false];

    [Theory, MemberData(nameof(MemoryModes))]
    public async Task Start_ShellExits_StatusArrives(bool share)
    {
        using ProcessProgram program = Shell("exit 42");
        using LaunchedProcess process = ProcessLauncher.Start(program, new LaunchOptions { ShareMemory = share });

        await process.Executed.WaitAsync(Deadline, Cancel);
        ExitStatus status = await process.WaitAsync(Cancel).WaitAsync(Deadline, Cancel);

        Assert.Equal(42, status.ExitCode);
    }

    [Theory, MemberData(nameof(MemoryModes))]
    public async Task Start_ProcessKillsItself_SignalIsReported(bool share)
    {
        using ProcessProgram program = Shell("kill -TERM $$");
        using LaunchedProcess process = ProcessLauncher.Start(program, new LaunchOptions { ShareMemory = share });

        ExitStatus status = await process.WaitAsync(Cancel).WaitAsync(Deadline, Cancel);

        Assert.True(status.Signaled);
        Assert.Equal(15, status.Signal);
        Assert.Equal(143, status.ShellCode);
    }

    [Theory, MemberData(nameof(MemoryModes))]
    public async Task Start_StepFails_IsReportedByName(bool share)
    {
        using var program = new ProcessProgram();
        program.ChangeDirectory("/does/not/exist").Execute("/bin/true", ["true"], []);
        using LaunchedProcess process = ProcessLauncher.Start(program, new LaunchOptions { ShareMemory = share });

        LaunchException error = await Assert.ThrowsAsync<LaunchException>(() => process.Executed.WaitAsync(Deadline, Cancel));
        ExitStatus status = await process.WaitAsync(Cancel).WaitAsync(Deadline, Cancel);

        Assert.Equal(Errno.ENOENT, error.Errno);
        Assert.Equal("change to the directory /does/not/exist: no such file or directory (ENOENT)", error.Message);
        Assert.False(error.Executing);
        Assert.Equal(127, status.ExitCode);
    }

    [Fact]
    public async Task Start_NoSuchProgram_ShellCodeIs127()
    {
        using var program = new ProcessProgram();
        program.Execute(["/usr/bin/no-such-thing", "/bin/no-such-thing"], ["no-such-thing"], []);

        LaunchException error = await FailAsync(program);

        Assert.True(error.Executing);
        Assert.Equal(127, error.ShellCode);
        Assert.Equal("execute no-such-thing: no such file or directory (ENOENT)", error.Message);
    }

    [Fact]
    public async Task Start_OneCandidateIsNotExecutable_TellsPermissionDenied()
    {
        using var program = new ProcessProgram();
        program.Execute(["/nowhere/passwd", "/etc/passwd", "/bin/passwd-not"], ["passwd"], []);

        LaunchException error = await FailAsync(program);

        Assert.Equal(Errno.EACCES, error.Errno);
        Assert.Equal(126, error.ShellCode);
    }

    [Fact]
    public async Task Start_LaterCandidateExists_IsExecuted()
    {
        using var program = new ProcessProgram();
        program.Execute(["/nowhere/sh", "/etc/passwd/sh", "/bin/sh"], ["sh", "-c", "exit 3"], Path);
        using LaunchedProcess process = ProcessLauncher.Start(program, new LaunchOptions());

        Assert.Equal(3, (await process.WaitAsync(Cancel).WaitAsync(Deadline, Cancel)).ExitCode);
    }

    [Fact]
    public async Task Start_IgnoredErrors_GoOn()
    {
        using var program = new ProcessProgram();
        program.Unmount("/does/not/exist", 0, Errno.ENOENT)
            .WriteFile("/does/not/exist", "x"u8, Errno.ENOENT)
            .Execute("/bin/sh", ["sh", "-c", "exit 5"], Path);
        using LaunchedProcess process = ProcessLauncher.Start(program, new LaunchOptions());

        Assert.Equal(5, (await process.WaitAsync(Cancel).WaitAsync(Deadline, Cancel)).ExitCode);
    }

    [Theory, MemberData(nameof(MemoryModes))]
    public async Task Start_Gate_HoldsUntilOpened(bool share)
    {
        (Fd gate, Fd open) = Fd.Pipe();
        using (gate)
        using (open)
        using (ProcessProgram program = new ProcessProgram().ReadByte(gate).Execute("/bin/sh", ["sh", "-c", "exit 6"], Path))
        using (LaunchedProcess process = ProcessLauncher.Start(program, new LaunchOptions { ShareMemory = share }))
        {
            // Another launch runs from start to end meanwhile: gates do not hold up others.
            using ProcessProgram other = Shell("exit 0");
            using LaunchedProcess second = ProcessLauncher.Start(other, new LaunchOptions { ShareMemory = share });
            await second.Executed.WaitAsync(Deadline, Cancel);
            await second.WaitAsync(Cancel).WaitAsync(Deadline, Cancel);
            Assert.False(process.Executed.IsCompleted);

            FdIo.WriteAll(open, [1]);
            await process.Executed.WaitAsync(Deadline, Cancel);

            Assert.Equal(6, (await process.WaitAsync(Cancel).WaitAsync(Deadline, Cancel)).ExitCode);
        }
    }

    [Theory, MemberData(nameof(MemoryModes))]
    public async Task Start_GateAbandoned_ChildEnds(bool share)
    {
        (Fd gate, Fd open) = Fd.Pipe();
        using ProcessProgram program = new ProcessProgram().ReadByte(gate).Execute("/bin/true", ["true"], []);
        using LaunchedProcess process = ProcessLauncher.Start(program, new LaunchOptions { ShareMemory = share });
        gate.Dispose();

        open.Dispose();

        LaunchException error = await Assert.ThrowsAsync<LaunchException>(() => process.Executed.WaitAsync(Deadline, Cancel));
        Assert.Equal("wait for the start: given up by the parent", error.Message);
        Assert.Equal(127, (await process.WaitAsync(Cancel).WaitAsync(Deadline, Cancel)).ExitCode);
    }

    [Fact]
    public async Task Start_GatedChild_HoldsNoOtherPipeOpen()
    {
        (Fd gate, Fd open) = Fd.Pipe();
        (Fd read, Fd write) = Fd.Pipe();
        using (gate)
        using (open)
        using (read)
        using (ProcessProgram program = new ProcessProgram().WriteFile(write, "r"u8).ReadByte(gate).Execute("/bin/true", ["true"], []))
        using (ProcessProgram bystander = new ProcessProgram().ReadByte(gate).Execute("/bin/true", ["true"], []))
        using (LaunchedProcess first = ProcessLauncher.Start(bystander, new LaunchOptions()))
        {
            (Fd otherRead, Fd otherWrite) = Fd.Pipe();
            using LaunchedProcess second = ProcessLauncher.Start(bystander, new LaunchOptions());
            otherWrite.Dispose();

            // End of file arrives although the second child, made while the write end was open, waits at its gate.
            int end = await Task.Run(() => FdIo.Read(otherRead, new byte[1]), Cancel).WaitAsync(Deadline, Cancel);

            Assert.Equal(0, end);
            otherRead.Dispose();
            write.Dispose();
            FdIo.WriteAll(open, [1, 1]);
            await first.WaitAsync(Cancel).WaitAsync(Deadline, Cancel);
            await second.WaitAsync(Cancel).WaitAsync(Deadline, Cancel);
        }
    }

    [Fact]
    public async Task Duplicate_SwappedDescriptors_EndUpSwapped()
    {
        (Fd readA, Fd writeA) = Fd.Pipe();
        (Fd readB, Fd writeB) = Fd.Pipe();
        using ProcessProgram program = new ProcessProgram()
            .Duplicate(writeA, writeB.Value)
            .Duplicate(writeB, writeA.Value)
            .Duplicate(writeA, 1)
            .Execute("/bin/bash", ["bash", "-c", $"echo one; echo A >&{writeB.Value}; echo B >&{writeA.Value}"], Path);
        using LaunchedProcess process = ProcessLauncher.Start(program, new LaunchOptions());
        writeA.Dispose();
        writeB.Dispose();

        string a = await ProgramOutput.ReadAllAsync(readA, Cancel);
        string b = await ProgramOutput.ReadAllAsync(readB, Cancel);
        await process.WaitAsync(Cancel).WaitAsync(Deadline, Cancel);

        Assert.Equal("one\nA\n", a);
        Assert.Equal("B\n", b);
    }

    [Fact]
    public async Task Start_Child_HasDefaultSignalsAndOnlyStandardDescriptors()
    {
        // The runtime ignores SIGPIPE and has descriptors of its own; the program must see neither.
        using Fd leak = Fd.Open("/etc/passwd", OpenFlags.ReadOnly);
        int inheritable = leak.Value;
        string output = await ProgramOutput.RunAsync(program => program.Execute("/bin/sh", ["sh", "-c", "grep -E 'SigBlk|SigIgn' /proc/self/status | tr -d '\\t\\n'; ls /proc/self/fd | tr '\\n' ' '"], Path), Cancel);

        Assert.Equal("SigBlk:0000000000000000SigIgn:0000000000000000", output[..46]);
        Assert.DoesNotContain($" {inheritable} ", output[46..], StringComparison.Ordinal);
        Assert.Equal("0 1 2 3", output[46..].Trim());
    }

    [Fact]
    public void Start_LastStepExecutesNothing_IsRefused()
    {
        using ProcessProgram program = new ProcessProgram().SetSession();

        Assert.Throws<InvalidOperationException>(() => ProcessLauncher.Start(program, new LaunchOptions()));
    }

    [Fact]
    public async Task Start_ManyArguments_ArriveUnchanged()
    {
        string[] arguments = [.. Enumerable.Range(0, 2000).Select(i => $"argument {i} ä€")];
        string output = await ProgramOutput.RunAsync(program => program.Execute("/usr/bin/printf", ["printf", "%s\n", .. arguments], []), Cancel);

        Assert.Equal(arguments, output.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void Execute_ZeroByteInAnArgument_IsRefused()
    {
        using var program = new ProcessProgram();

        KataException error = Assert.Throws<KataException>(() => program.Execute("/bin/true", ["true", "a\0b"], []));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
    }

    [Fact]
    public async Task Execute_ArgumentsThatAreNoUtf8_ArriveAsTheyWere()
    {
        // As KernelText reads a file name of the bytes 0xFF 0x41.
        string output = await ProgramOutput.RunAsync(
            program => program.Execute("/bin/sh", ["sh", "-c", "printf %s \"$0\" | od -An -tx1", "\udcffA"], Path), Cancel);

        Assert.Equal("ff 41", output.Trim());
    }

    private static TimeSpan Deadline => TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static ProcessProgram Shell(string script) => new ProcessProgram().Execute("/bin/sh", ["sh", "-c", script], Path);

    private static async Task<LaunchException> FailAsync(ProcessProgram program)
    {
        using LaunchedProcess process = ProcessLauncher.Start(program, new LaunchOptions());
        LaunchException error = await Assert.ThrowsAsync<LaunchException>(() => process.Executed.WaitAsync(Deadline, Cancel));
        await process.WaitAsync(Cancel).WaitAsync(Deadline, Cancel);
        return error;
    }
}
