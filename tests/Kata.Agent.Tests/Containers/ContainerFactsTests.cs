using Kata.Agent.Containers;
using Kata.Protocols.Oci;

namespace Kata.Agent.Tests.Containers;

public sealed class ContainerFactsTests
{
    [Fact]
    public void Of_ASpecThatSaysMuch_KeepsWhatIsAskedForLater()
    {
        Spec spec = NewSpec();
        spec.Process.ApparmorProfile = "profile";
        spec.Process.SelinuxLabel = "label";
        spec.Process.Capabilities = new LinuxCapabilities { Bounding = { "CAP_KILL" } };
        spec.Linux.Personality = new LinuxPersonality { Domain = "LINUX32" };
        spec.Annotations.Add("io.kubernetes.cri.container-name", "web");
        spec.Annotations.Add(ContainerFacts.TerminationPath, "/dev/termination-log");
        spec.Mounts.Add(new Mount { Destination = "/dev/termination-log", Source = "/run/log" });

        Assert.Equal(
            new ContainerFacts
            {
                Name = "web",
                Program = "server",
                Capabilities = spec.Process.Capabilities,
                ApparmorProfile = "profile",
                SelinuxLabel = "label",
                Personality = spec.Linux.Personality,
                TerminationLog = "/dev/termination-log",
                TerminationLogSource = "/run/log",
            },
            ContainerFacts.Of(spec, "c1"));
    }

    [Fact]
    public void Of_ASpecThatSaysLittle_HasItsIdAndItsProgram() => Assert.Equal(new ContainerFacts { Name = "c1", Program = "server" }, ContainerFacts.Of(NewSpec(), "c1"));

    private static Spec NewSpec() => new() { Process = new Process { Args = { "server", "-v" } }, Linux = new Kata.Protocols.Oci.Linux() };
}
