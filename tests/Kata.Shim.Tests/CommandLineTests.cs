using Kata.Primitives;
using Kata.Shim.CommandLine;
using Kata.Shim.Daemon;

namespace Kata.Shim.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public void Parse_ContainerdsStart_IsUnderstood()
    {
        ShimFlags flags = ShimFlags.Parse(
            ["-namespace", "default", "-address", "/run/containerd/containerd.sock", "--publish-binary=/usr/bin/containerd", "-id", "abc", "-debug", "start"]);

        Assert.Equal(ShimAction.Start, flags.Action);
        Assert.Equal(("default", "/run/containerd/containerd.sock", "/usr/bin/containerd", "abc", true), (flags.Namespace, flags.Address, flags.PublishBinary, flags.Id, flags.Debug));
    }

    [Theory]
    [InlineData("-v")]
    [InlineData("-version")]
    [InlineData("--version")]
    public void Parse_Version_NeedsNothingElse(string flag) => Assert.Equal(ShimAction.Version, ShimFlags.Parse([flag]).Action);

    [Theory]
    [InlineData("-id", "abc", "start")]
    [InlineData("-namespace", "n", "-id", "../x", "start")]
    [InlineData("-namespace", "n", "-id", "abc", "stop")]
    [InlineData("-namespace", "n", "-unknown", "x")]
    [InlineData("-namespace")]
    [InlineData("-debug=maybe", "-namespace", "n")]
    public void Parse_Wrong_InvalidArgument(params string[] arguments) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => ShimFlags.Parse(arguments)).Code);

    [Theory]
    [InlineData("/run/containerd/containerd.sock", "default", "abc", "/run/containerd/containerd.sock/default/abc")]
    [InlineData("/run//containerd/./x/../containerd.sock", "k8s.io", "abc", "/run/containerd/containerd.sock/k8s.io/abc")]
    [InlineData("", "default", "abc", "default/abc")]
    public void For_Address_HashesTheJoinedPath(string address, string containerdNamespace, string id, string joined)
    {
        byte[] hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(joined));

        Assert.Equal($"unix:///run/containerd/s/{Convert.ToHexStringLower(hash)}", ShimAddress.For(address, containerdNamespace, id));
    }

    [Fact]
    public void For_KnownInput_IsContainerdsOwnName() => Assert.Equal(
        "unix:///run/containerd/s/" + GoldenHash, ShimAddress.For("/run/containerd/containerd.sock", "default", "x"));

    [Fact]
    public void Write_Address_IsReadBack()
    {
        DirectoryInfo bundle = Directory.CreateTempSubdirectory("kata-address-");

        AddressFile.Write(bundle.FullName, "unix:///a");
        AddressFile.Write(bundle.FullName, "unix:///b");

        Assert.Equal("unix:///b", AddressFile.Read(bundle.FullName));
        Assert.Single(bundle.GetFiles());
        bundle.Delete(recursive: true);
    }

    // printf /run/containerd/containerd.sock/default/x | sha256sum
    private const string GoldenHash = "5e250b13f984a15f73216d143af1bf3c64171aa56c781ba9d4040c75b2c1eee2";
}
