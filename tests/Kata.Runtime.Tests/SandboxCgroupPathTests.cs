using Kata.Runtime.Resources;

namespace Kata.Runtime.Tests;

public sealed class SandboxCgroupPathTests
{
    [Theory]
    [InlineData(null, "/vc/kata_box")]
    [InlineData("", "/vc/kata_box")]
    [InlineData("/default/c1", "/default/kata_c1")]
    [InlineData("default/c1", "/default/kata_c1")]
    [InlineData("/c1", "/kata_c1")]
    [InlineData("system.slice:cri:abc", "/system.slice/kata_cri-abc")]
    [InlineData("kubepods-burstable-pod1.slice:cri:abc", "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/kata_cri-abc")]
    public void Of_ClientsPath_IsBesideIt(string? path, string expected) => Assert.Equal(expected, SandboxCgroupPath.Of(path, "box"));
}
