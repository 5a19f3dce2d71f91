namespace Kata.Agent.Tests;

/// <summary>A directory that goes with its owner.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("kata-agent-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
