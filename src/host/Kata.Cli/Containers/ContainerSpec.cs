using Kata.Oci.Images;
using Kata.Oci.Runtime;
using Kata.Primitives;
using Kata.Runtime.Images;

namespace Kata.Cli.Containers;

/// <summary>Makes the OCI spec of a container from its image and what the user asked for.</summary>
internal static class ContainerSpec
{
    private const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const ulong CpuPeriod = 100_000;

    /// <summary>Builds the spec.</summary>
    /// <param name="id">The container.</param>
    /// <param name="options">What the user asked for.</param>
    /// <param name="defaults">What the image says.</param>
    /// <param name="user">Who the program runs as.</param>
    /// <exception cref="KataException">InvalidArgument: neither says what to run, or something is malformed.</exception>
    public static Spec Build(string id, RunOptions options, ContainerDefaults defaults, ImageUser user)
    {
        string hostname = options.Hostname ?? Hostname(id);
        var spec = new Spec
        {
            OciVersion = "1.2.0",
            Hostname = hostname,
            Root = new Root { Path = ScratchRoot, Readonly = options.ReadOnly },
            Process = new Process
            {
                Terminal = options.Terminal,
                Args = Command(options, defaults),
                Env = Variables(options, defaults, hostname, user.Home),
                Cwd = WorkingDirectory(options, defaults),
                User = new User { Uid = user.UserId, Gid = user.GroupId, AdditionalGids = user.AdditionalGroups },
                // Like runc and Docker: root gets the usual set, and a program of another user gains it only by a file that has it.
                Capabilities = user.UserId == 0
                    ? new LinuxCapabilities { Bounding = ContainerDefaultsOfRunc.Capabilities, Effective = ContainerDefaultsOfRunc.Capabilities, Permitted = ContainerDefaultsOfRunc.Capabilities }
                    : new LinuxCapabilities { Bounding = ContainerDefaultsOfRunc.Capabilities },
            },
            Mounts = [.. ContainerDefaultsOfRunc.Mounts, .. options.Volumes.Select(ToMount)],
            Linux = new LinuxSpec
            {
                Namespaces = [.. ContainerDefaultsOfRunc.Namespaces.Select(type => new LinuxNamespace { Type = type })],
                MaskedPaths = ContainerDefaultsOfRunc.MaskedPaths,
                ReadonlyPaths = ContainerDefaultsOfRunc.ReadonlyPaths,
                CgroupsPath = $"/kata-runtime/{id}",
                Resources = Resources(options),
            },
        };
        SpecValidator.EnsureValid(spec, "the container");
        return spec;
    }

    /// <summary>The limits the user asked for; null if there are none.</summary>
    public static LinuxResources? Resources(RunOptions options) => options.Memory is null && options.Cpus is null
        ? null
        : new LinuxResources
        {
            Memory = options.Memory is { } memory ? new LinuxMemory { Limit = memory.Bytes } : null,
            Cpu = options.Cpus is { } cpus ? new LinuxCpu { Period = CpuPeriod, Quota = (long)(cpus * CpuPeriod) } : null,
        };

    /// <summary>Directory the program starts in.</summary>
    public static string WorkingDirectory(RunOptions options, ContainerDefaults defaults) =>
        options.WorkingDirectory ?? (string.IsNullOrEmpty(defaults.WorkingDir) ? "/" : defaults.WorkingDir);

    private static string ScratchRoot => "root";

    private static List<string> Command(RunOptions options, ContainerDefaults defaults)
    {
        IReadOnlyList<string> entrypoint = options.Entrypoint is null ? defaults.Entrypoint : options.Entrypoint.Length == 0 ? [] : [options.Entrypoint];
        // The image's arguments belong to the image's entrypoint.
        IReadOnlyList<string> arguments = options.Arguments.Count > 0 || options.Entrypoint is not null ? options.Arguments : defaults.Cmd;
        List<string> command = [.. entrypoint, .. arguments];
        return command.Count > 0
            ? command
            : throw KataException.Invalid("the image does not say what to run; name a program after '--'");
    }

    private static List<string> Variables(RunOptions options, ContainerDefaults defaults, string hostname, string home)
    {
        var variables = new List<string>();
        Set(variables, DefaultPath);
        Set(variables, $"HOSTNAME={hostname}");
        Set(variables, $"HOME={home}");
        if (options.Terminal)
        {
            Set(variables, "TERM=xterm");
        }

        foreach (string variable in defaults.Env.Concat(options.Environment))
        {
            Set(variables, variable);
        }

        return variables;
    }

    /// <summary>Later ones win, in the place of the earlier one.</summary>
    private static void Set(List<string> variables, string variable)
    {
        int equals = variable.IndexOf('=', StringComparison.Ordinal);
        string prefix = equals < 0 ? variable + "=" : variable[..(equals + 1)];
        int index = variables.FindIndex(v => v.StartsWith(prefix, StringComparison.Ordinal));
        if (index < 0)
        {
            variables.Add(variable);
        }
        else
        {
            variables[index] = variable;
        }
    }

    private static Mount ToMount(VolumeOption volume) => new()
    {
        Destination = volume.Target,
        Source = volume.Source,
        Type = "bind",
        Options = ["rbind", volume.ReadOnly ? "ro" : "rw"],
    };

    /// <summary>The kernel takes 64 bytes.</summary>
    private static string Hostname(string id) => id.Length <= 63 ? id : id[..63];
}
