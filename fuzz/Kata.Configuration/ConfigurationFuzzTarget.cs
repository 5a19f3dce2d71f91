using System.Text;
using Kata.Primitives;

namespace Kata.Configuration.Fuzz;

/// <summary>
/// Any text as a configuration file, and its lines as annotations on top: it loads or is refused with an explanation, and nothing else happens.
/// </summary>
public static class ConfigurationFuzzTarget
{
    private static readonly HostLimits Host = new(Processors: 4, MaximumVcpus: 240);

    private static readonly LoadedConfiguration Open = ConfigurationLoader.Parse(
        "[hypervisor.qemu]\nkernel = \"/k\"\ninitrd = \"/i\"\nenable_annotations = [\".*\"]\nvalid_hypervisor_paths = [\"/*/[a-z]*\"]\n", "open", Host);

    /// <summary>Runs once.</summary>
    /// <param name="data">Any bytes.</param>
    public static void Run(ReadOnlySpan<byte> data)
    {
        string text = Encoding.UTF8.GetString(data);
        Try(() => Check(ConfigurationLoader.Parse(text, "fuzz.toml", Host)));

        var annotations = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n'))
        {
            string[] halves = line.Split('=', 2);
            if (halves.Length == 2)
            {
                string name = "io.katacontainers.config.hypervisor." + halves[0].Trim();
                string value = halves[1].Trim().Trim('"');
                Try(() => Check(Annotations.Apply(Open, [KeyValuePair.Create(name, value)], Host)));
                annotations[name] = value;
            }
        }

        Try(() => Check(Annotations.Apply(Open, annotations, Host)));
    }

    private static void Check(LoadedConfiguration loaded)
    {
        KataConfiguration configuration = loaded.Configuration;
        Require(loaded.Warnings.All(warning => !warning.ToString().Any(char.IsControl)), "a warning has control characters");
        if (configuration.Qemu is { } qemu)
        {
            Require(qemu.Processors.Count >= 1 && qemu.Processors.Count <= qemu.Processors.Maximum && qemu.Processors.Maximum <= 4, "vCPUs out of range");
            Require(qemu.Memory.Size.Mebibytes >= 256, "too little memory");
            Require((qemu.Assets.Initrd is null) != (qemu.Assets.Image is null), "not exactly one root file system");
            Require(qemu.Path.StartsWith('/') && qemu.Assets.Kernel.StartsWith('/'), "a relative path");
        }
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (KataException error)
        {
            Require(error.Code is ErrorCode.InvalidArgument or ErrorCode.Unsupported or ErrorCode.PermissionDenied, $"code {error.Code}");
            Require(!error.Message.Any(char.IsControl), $"control characters in: {error.Message}");
        }
    }

    private static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new InvalidOperationException(what);
        }
    }
}
