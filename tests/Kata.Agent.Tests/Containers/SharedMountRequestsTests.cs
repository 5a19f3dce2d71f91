using Kata.Agent.Containers;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;

namespace Kata.Agent.Tests.Containers;

public sealed class SharedMountRequestsTests
{
    [Theory]
    [InlineData("m", "a", "/x", "app", "/y")]
    [InlineData("m", "a", "/x/y-z_1.2/", "c1", "/run/my volume")]
    public void Validate_Complete_IsTaken(string name, string source, string from, string target, string to) =>
        SharedMountRequests.Validate(Request(new SharedMount { Name = name, SrcCtr = source, SrcPath = from, DstCtr = target, DstPath = to }));

    [Theory]
    [InlineData("", "a", "/x", "app", "/y", "name is empty")]
    [InlineData("m", "", "/x", "app", "/y", "src_ctr is empty")]
    [InlineData("m", "a", "/x", "", "/y", "dst_ctr is empty")]
    [InlineData("m", "a", "/x", "other", "/y", "for container 'other', and this one is 'app'")]
    [InlineData("m", "a", "", "app", "/y", "src_path ''")]
    [InlineData("m", "a", "x", "app", "/y", "src_path 'x'")]
    [InlineData("m", "a", "/", "app", "/y", "src_path '/'")]
    [InlineData("m", "a", "/x/../../etc", "app", "/y", "src_path")]
    [InlineData("m", "a", "/proc/./1", "app", "/y", "src_path")]
    [InlineData("m", "a", "/x", "app", "//", "dst_path")]
    [InlineData("m", "a", "/x", "app", "/y/..", "dst_path")]
    [InlineData("m", "a", "/x", "app", "/y\0z", "dst_path")]
    public void Validate_Wrong_SaysWhat(string name, string source, string from, string target, string to, string words)
    {
        CreateContainerRequest request = Request(new SharedMount { Name = name, SrcCtr = source, SrcPath = from, DstCtr = target, DstPath = to });

        var error = Assert.Throws<KataException>(() => SharedMountRequests.Validate(request));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_VeryMany_IsRefused()
    {
        SharedMount[] many = [.. Enumerable.Range(0, 129).Select(i => new SharedMount { Name = "m", SrcCtr = "a", SrcPath = "/x", DstCtr = "app", DstPath = $"/y{i}" })];

        Assert.Throws<KataException>(() => SharedMountRequests.Validate(Request(many)));
    }

    private static CreateContainerRequest Request(params SharedMount[] mounts) => new()
    {
        ContainerId = "c1",
        OCI = new Spec { Annotations = { ["io.kubernetes.cri.container-name"] = "app" } },
        SharedMounts = { mounts },
    };
}
