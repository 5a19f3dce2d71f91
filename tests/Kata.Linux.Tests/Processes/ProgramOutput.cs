using System.Text;
using Kata.Linux.Processes;

namespace Kata.Linux.Tests.Processes;

/// <summary>Runs a program to its end and gives what it wrote.</summary>
internal static class ProgramOutput
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    internal static async Task<string> RunAsync(
        Func<ProcessProgram, ProcessProgram> steps, CancellationToken cancellationToken, LaunchOptions? options = null)
    {
        (Fd read, Fd write) = Fd.Pipe();
        using (read)
        {
            using var program = new ProcessProgram();
            program.Duplicate(write, 1).Duplicate(write, 2);
            steps(program);
            using LaunchedProcess process = ProcessLauncher.Start(program, options ?? new LaunchOptions());
            write.Dispose();
            string output = await ReadAllAsync(read, cancellationToken);
            ExitStatus status = await process.WaitAsync(cancellationToken).WaitAsync(Deadline, cancellationToken);
            await process.Executed;
            Assert.True(status.ShellCode == 0, $"{status}: {output}");
            return output;
        }
    }

    internal static Task<string> ReadAllAsync(Fd read, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            var all = new MemoryStream();
            byte[] buffer = new byte[4096];
            for (int count; (count = FdIo.Read(read, buffer)) > 0;)
            {
                all.Write(buffer, 0, count);
            }

            return Encoding.UTF8.GetString(all.ToArray());
        },
        cancellationToken).WaitAsync(Deadline, cancellationToken);
}
