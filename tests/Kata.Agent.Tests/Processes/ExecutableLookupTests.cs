using Kata.Agent.Processes;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Tests.Processes;

public sealed class ExecutableLookupTests : IDisposable
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserExecute;

    private readonly TemporaryDirectory _directory = new();
    private readonly ConfinedDirectory _root;

    public ExecutableLookupTests()
    {
        Directory.CreateDirectory(_directory.Path + "/bin");
        Directory.CreateDirectory(_directory.Path + "/usr/bin/sub");
        File.WriteAllText(_directory.Path + "/bin/tool", "x");
        File.SetUnixFileMode(_directory.Path + "/bin/tool", Executable);
        File.WriteAllText(_directory.Path + "/bin/plain", "x");
        File.SetUnixFileMode(_directory.Path + "/bin/plain", UnixFileMode.UserRead);
        File.CreateSymbolicLink(_directory.Path + "/usr/bin/linked", "/bin/tool");
        File.CreateSymbolicLink(_directory.Path + "/usr/bin/outside", "../../../../../../bin/sh");
        _root = ConfinedDirectory.Open(_directory.Path);
    }

    [Fact]
    public void Find_NameInPath_IsItsPath() => Assert.Equal(["/bin/tool"], Find("tool"));

    [Fact]
    public void Find_AbsoluteLink_IsFollowedInsideTheRoot() => Assert.Equal(["/usr/bin/linked"], Find("linked"));

    [Fact]
    public void Find_RelativePath_StartsAtTheWorkingDirectory() => Assert.Equal(["/bin/./tool"], Find("./tool", "/bin"));

    [Theory]
    [InlineData("none", ErrorCode.NotFound, "executable file not found in $PATH")]
    [InlineData("/bin/none", ErrorCode.NotFound, "no such file or directory")]
    [InlineData("/bin/tool/x", ErrorCode.NotFound, "no such file or directory")]
    [InlineData("outside", ErrorCode.NotFound, "executable file not found in $PATH")]
    [InlineData("plain", ErrorCode.PermissionDenied, "permission denied")]
    [InlineData("/bin/plain", ErrorCode.PermissionDenied, "permission denied")]
    [InlineData("/bin", ErrorCode.PermissionDenied, "is a directory")]
    public void Find_WhatCannotRun_SaysWhy(string name, ErrorCode code, string words)
    {
        var error = Assert.Throws<KataException>(() => Find(name));

        Assert.Equal(code, error.Code);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _root.Dispose();
        _directory.Dispose();
    }

    private IReadOnlyList<string> Find(string name, string directory = "/") =>
        ExecutableLookup.Find(_root, name, ["A=b", "PATH=/usr/bin:relative::/bin/"], directory);
}
