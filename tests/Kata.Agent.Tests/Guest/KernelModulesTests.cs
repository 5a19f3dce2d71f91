using Kata.Agent.Guest;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.Agent.Tests.Guest;

public sealed class KernelModulesTests
{
    [Theory]
    [InlineData("")]
    [InlineData("-r")]
    [InlineData("../x")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("a", "-r")]
    [InlineData("a", "")]
    [InlineData("a", "x=\0")]
    public void Validate_HostileName_IsInvalid(string name, params string[] parameters) => Assert.Equal(
        ErrorCode.InvalidArgument,
        Assert.Throws<KataException>(() => KernelModules.Validate([new KernelModule { Name = name, Parameters = { parameters } }])).Code);

    [Fact]
    public void Validate_UsualModules_Pass() => KernelModules.Validate([new KernelModule { Name = "i915_x-y", Parameters = { "enable_ppgtt=0", "mode=a,b" } }]);

    [Fact]
    public void Validate_TooMany_IsInvalid() => Assert.Throws<KataException>(() => KernelModules.Validate([.. Enumerable.Repeat(new KernelModule { Name = "a" }, 200)]));
}
