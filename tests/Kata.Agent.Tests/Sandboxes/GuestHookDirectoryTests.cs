using Kata.Agent.Sandboxes;
using Kata.Primitives;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Agent.Tests.Sandboxes;

public sealed class GuestHookDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Scan_ProgramsLinksAndOthers_TakesTheProgramsInOrder()
    {
        Make("prestart/20-second", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Make("prestart/10-first", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Make("prestart/plain", UnixFileMode.UserRead);
        Directory.CreateDirectory(Path.Combine(_directory.Path, "prestart/directory"));
        File.CreateSymbolicLink(Path.Combine(_directory.Path, "prestart/link"), "10-first");
        Make("poststop/bye", UnixFileMode.UserExecute);
        Make("elsewhere/x", UnixFileMode.UserExecute);

        Protocols.Oci.Hooks hooks = GuestHookDirectory.Scan(_directory.Path + "/", NullLogger.Instance)!;

        Assert.Equal([$"{_directory.Path}/prestart/10-first", $"{_directory.Path}/prestart/20-second"], hooks.Prestart.Select(hook => hook.Path));
        Assert.Equal(["10-first", "prestart"], hooks.Prestart[0].Args);
        Assert.Equal(["bye", "poststop"], Assert.Single(hooks.Poststop).Args);
        Assert.Empty(hooks.Poststart);
    }

    [Fact]
    public void Scan_StageIsALink_IsNotFollowed()
    {
        Make("real/x", UnixFileMode.UserExecute);
        File.CreateSymbolicLink(Path.Combine(_directory.Path, "prestart"), "real");

        Assert.Null(GuestHookDirectory.Scan(_directory.Path, NullLogger.Instance));
    }

    [Fact]
    public void Scan_NothingThere_IsNone()
    {
        Assert.Null(GuestHookDirectory.Scan(_directory.Path, NullLogger.Instance));
        Assert.Null(GuestHookDirectory.Scan("/nosuch/directory", NullLogger.Instance));
    }

    [Theory]
    [InlineData("hooks")]
    [InlineData("/a\0b")]
    public void Validate_NoAbsolutePath_IsInvalid(string path) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => GuestHookDirectory.Validate(path)).Code);

    private void Make(string name, UnixFileMode mode)
    {
        string path = Path.Combine(_directory.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "#!/bin/sh\n");
        File.SetUnixFileMode(path, mode);
    }
}
