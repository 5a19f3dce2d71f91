using Kata.Primitives;
using Kata.Shim.Daemon;

namespace Kata.Shim.Tests;

public sealed class PodMembershipTests
{
    [Theory]
    [InlineData("{}", "SingleContainer", "me")]
    [InlineData("""{"io.kubernetes.cri.container-type":"sandbox"}""", "Sandbox", "me")]
    [InlineData("""{"io.kubernetes.docker.type":"podsandbox"}""", "Sandbox", "me")]
    [InlineData("""{"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.sandbox-id":"pod1"}""", "PodContainer", "pod1")]
    [InlineData("""{"io.kubernetes.cri-o.ContainerType":"container","io.kubernetes.cri-o.SandboxID":"pod2"}""", "PodContainer", "pod2")]
    public void OfBundle_Annotations_DecideTheRole(string annotations, string role, string sandbox)
    {
        DirectoryInfo bundle = Directory.CreateTempSubdirectory("kata-bundle-");
        File.WriteAllText(
            Path.Combine(bundle.FullName, "config.json"), $$"""{"process":{"annotations":{"a":"b"},"env":[]},"annotations":{{annotations}},"linux":null}""");

        PodMembership membership = PodMembership.OfBundle("me", bundle.FullName);

        Assert.Equal((role, sandbox), (membership.Role.ToString(), membership.SandboxId));
        bundle.Delete(recursive: true);
    }

    [Theory]
    [InlineData("""{"annotations":{"io.kubernetes.cri.container-type":"pod"}}""")]
    [InlineData("""{"annotations":{"io.kubernetes.cri.container-type":"container"}}""")]
    [InlineData("""{"annotations":{"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.sandbox-id":"../x"}}""")]
    [InlineData("""{"annotations":{"a":7}}""")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("""{"annotations":{"a":""")]
    public void OfBundle_Wrong_InvalidArgument(string spec)
    {
        DirectoryInfo bundle = Directory.CreateTempSubdirectory("kata-bundle-");
        File.WriteAllText(Path.Combine(bundle.FullName, "config.json"), spec);

        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => PodMembership.OfBundle("me", bundle.FullName)).Code);
        bundle.Delete(recursive: true);
    }
}
