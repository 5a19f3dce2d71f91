using Kata.Agent.Containers;
using Kata.Primitives;
using Kata.Protocols.Oci;

namespace Kata.Agent.Tests.Containers;

public sealed class SpecValidatorTests
{
    [Fact]
    public void Validate_MinimalSpec_Passes() => SpecValidator.Validate(Minimal());

    [Fact]
    public void Validate_MissingParts_AreNamed()
    {
        AssertInvalid("no spec", null);
        AssertInvalid("no process", Minimal(spec => spec.Process = null));
        AssertInvalid("root.path", Minimal(spec => spec.Root = null));
        AssertInvalid("linux section", Minimal(spec => spec.Linux = null));
        AssertInvalid("process.args is empty", Minimal(spec => spec.Process.Args.Clear()));
        AssertInvalid("mount namespace", Minimal(spec => spec.Linux.Namespaces.Clear()));
    }

    [Fact]
    public void Validate_BadPaths_AreRefused()
    {
        AssertInvalid("not absolute", Minimal(spec => spec.Root.Path = "rootfs"));
        AssertInvalid("'..'", Minimal(spec => spec.Mounts.Add(new Mount { Destination = "/a/../../b", Type = "tmpfs" })));
        AssertInvalid("masked path", Minimal(spec => spec.Linux.MaskedPaths.Add("proc/kcore")));
        AssertInvalid("read-only path", Minimal(spec => spec.Linux.ReadonlyPaths.Add("/proc/../etc")));
        AssertInvalid("process.cwd", Minimal(spec => spec.Process.Cwd = "work"));
        AssertInvalid("zero byte", Minimal(spec => spec.Process.Args.Add("a\0b")));
        AssertInvalid("NAME=value", Minimal(spec => spec.Process.Env.Add("NOVALUE")));
    }

    [Fact]
    public void Validate_Hostname_NeedsUtsNamespace() => AssertInvalid("UTS", Minimal(spec => spec.Hostname = "box"));

    [Fact]
    public void Validate_RepeatedNamespace_IsRefused() => AssertInvalid("two entries", Minimal(spec => spec.Linux.Namespaces.Add(new LinuxNamespace { Type = "mount" })));

    [Fact]
    public void Validate_WhatTheGuestLacks_IsUnsupported() =>
        AssertUnsupported(Minimal(spec => spec.Linux.IntelRdt = new LinuxIntelRdt { L3CacheSchema = "L3:0=f" }));

    [Fact]
    public void Validate_WhatOnlyANamespaceHas_NeedsIt()
    {
        AssertInvalid("need a user namespace", Minimal(spec => spec.Linux.UIDMappings.Add(new LinuxIDMapping { Size = 1 })));
        AssertInvalid("need a time namespace", Minimal(spec => spec.Linux.TimeOffsets.Add("boottime", new LinuxTimeOffset { Secs = 1 })));
        AssertInvalid("domainname", Minimal(spec => spec.Domainname = "example.org"));
    }

    [Fact]
    public void Validate_Hooks_AreChecked()
    {
        AssertInvalid("not absolute", Minimal(spec => spec.Hooks = new Protocols.Oci.Hooks { Prestart = { new Hook { Path = "bin/true" } } }));
        AssertInvalid("negative", Minimal(spec => spec.Hooks = new Protocols.Oci.Hooks { Poststop = { new Hook { Path = "/bin/true", Timeout = -1 } } }));
        AssertInvalid("zero byte", Minimal(spec => spec.Hooks = new Protocols.Oci.Hooks { Poststart = { new Hook { Path = "/bin/true", Env = { "A=\0" } } } }));
        AssertInvalid("more than 64", Minimal(spec =>
        {
            spec.Hooks = new Protocols.Oci.Hooks();
            spec.Hooks.StartContainer.AddRange(Enumerable.Repeat(new Hook { Path = "/bin/true" }, 65));
        }));
    }

    [Fact]
    public void Validate_NamespacePaths_AreAbsolute() =>
        AssertInvalid("not absolute", Minimal(spec => spec.Linux.Namespaces.Add(new LinuxNamespace { Type = "ipc", Path = "proc/1/ns/ipc" })));

    private static Spec Minimal(Action<Spec>? change = null)
    {
        var spec = new Spec
        {
            Version = "1.0.2",
            Root = new Root { Path = "/run/kata-containers/shared/containers/c1/rootfs" },
            Process = new Process { Args = { "true" }, Cwd = "/" },
            Linux = new Kata.Protocols.Oci.Linux { Namespaces = { new LinuxNamespace { Type = "mount" } } },
        };
        change?.Invoke(spec);
        return spec;
    }

    private static void AssertInvalid(string part, Spec? spec)
    {
        var error = Assert.Throws<KataException>(() => SpecValidator.Validate(spec));
        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    private static void AssertUnsupported(Spec spec) =>
        Assert.Equal(ErrorCode.Unsupported, Assert.Throws<KataException>(() => SpecValidator.Validate(spec)).Code);
}
