using Kata.Linux.Mounts;
using Kata.Linux.Paths;

namespace Kata.Linux.Tests;

/// <summary>A directory that is gone after the test, with what is mounted in it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("kata-linux-").FullName;

    public string Of(string relative) => System.IO.Path.Combine(Path, relative);

    public Fd Open() => Fd.Open(Path, OpenFlags.ReadOnly | OpenFlagsPerArchitecture.Directory);

    public void Dispose()
    {
        Mount.DetachTree(Path);
        TreeRemover.Remove(Path);
    }
}
