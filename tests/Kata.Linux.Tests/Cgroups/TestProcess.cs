using System.Diagnostics;

namespace Kata.Linux.Tests.Cgroups;

/// <summary>A process to put into cgroups; killed at the end.</summary>
internal sealed class TestProcess : IDisposable
{
    private readonly Process _process;

    public TestProcess(string script)
    {
        _process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardInput = true, RedirectStandardError = true })!;
    }

    public int Id => _process.Id;

    /// <summary>Lets a script that begins with <c>read x</c> go on.</summary>
    public void Go() => _process.StandardInput.WriteLine();

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
