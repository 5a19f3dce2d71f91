using Kata.Oci.Runtime;
using Proto = Kata.Protocols.Oci;

namespace Kata.AgentCtl.Specs;

/// <summary>Turns a <c>config.json</c> into the agent's message as it is: unlike a runtime, this tool leaves nothing out and changes no path.</summary>
internal static class SpecConversion
{
    /// <summary>Converts.</summary>
    /// <exception cref="Primitives.KataException">Unsupported: it has something that the protocol has no field for.</exception>
    public static Proto.Spec Convert(Spec spec)
    {
        var message = new Proto.Spec
        {
            Version = spec.OciVersion,
            Process = spec.Process is { } process ? ProcessConversion.Convert(process) : null,
            Root = spec.Root is { } root ? new Proto.Root { Path = root.Path, Readonly = root.Readonly } : null,
            Hostname = spec.Hostname ?? "",
            Domainname = spec.Domainname ?? "",
            Hooks = spec.Hooks is { } hooks ? Convert(hooks) : null,
            Linux = spec.Linux is { } linux ? LinuxConversion.Convert(linux) : null,
        };
        message.Annotations.Add(spec.Annotations.ToDictionary());
        foreach (Mount mount in spec.Mounts)
        {
            message.Mounts.Add(new Proto.Mount
            {
                Destination = mount.Destination,
                Source = mount.Source ?? "",
                Type = mount.Type ?? "",
                Options = { mount.Options },
                UIDMappings = { mount.UidMappings.Select(LinuxConversion.Convert) },
                GIDMappings = { mount.GidMappings.Select(LinuxConversion.Convert) },
            });
        }

        return message;
    }

    private static Proto.Hooks Convert(Hooks hooks) => new()
    {
        Prestart = { hooks.Prestart.Select(Convert) },
        CreateRuntime = { hooks.CreateRuntime.Select(Convert) },
        CreateContainer = { hooks.CreateContainer.Select(Convert) },
        StartContainer = { hooks.StartContainer.Select(Convert) },
        Poststart = { hooks.Poststart.Select(Convert) },
        Poststop = { hooks.Poststop.Select(Convert) },
    };

    private static Proto.Hook Convert(Hook hook) => new() { Path = hook.Path, Args = { hook.Args }, Env = { hook.Env }, Timeout = hook.Timeout ?? 0 };
}
