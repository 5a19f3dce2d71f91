using System.Text;
using Kata.Configuration.Keys;

namespace Kata.Configuration.Tests.Reference;

/// <summary>Renders the catalog: the configuration template and the reference page are this text, checked in.</summary>
internal static class ReferenceText
{
    private const int Width = 100;

    // What the template sets; everything else is shown commented out, with its default.
    private static readonly Dictionary<string, string> Set = new(StringComparer.Ordinal)
    {
        ["hypervisor.qemu.kernel"] = "\"@PREFIX@/share/kata-containers/vmlinux\"",
        ["hypervisor.qemu.initrd"] = "\"@PREFIX@/share/kata-containers/kata-containers-initrd.img\"",
        ["hypervisor.qemu.enable_annotations"] = "[\"enable_iommu\", \"kernel_params\", \"default_vcpus\", \"default_memory\"]",
    };

    internal static string Template()
    {
        var text = new StringBuilder();
        text.Append("""
            # Kata Containers: VMs run by QEMU.
            #
            # Found at /etc/kata-containers/configuration.toml, else below /usr/share/defaults or /opt/kata/share/defaults; or where
            # KATA_CONF_FILE says. Files config.d/*.toml beside it are read after it, in the order of their names, and replace single keys.
            # A line that is commented out shows the default. docs/reference/configuration.md has all of this as one table.

            """);
        foreach (KeyTable table in KeyCatalog.Tables)
        {
            text.Append('\n').Append(Comment(table.Summary)).Append('[').Append(table.Name).Append("]\n");
            foreach (KeyGroup group in table.Groups)
            {
                text.Append("\n# --- ").Append(group.Title).Append(" ---\n");
                foreach (ConfigurationKey key in group.Keys.Where(key => key.Support == KeySupport.Used))
                {
                    text.Append('\n').Append(Comment(Full(key)));
                    text.Append(Set.TryGetValue($"{table.Name}.{key.Name}", out string? value) ? $"{key.Name} = {value}\n" : $"#{key.Name} = {key.DefaultText}\n");
                }

                AppendNames(text, group, KeySupport.Ignored, "Accepted from files of other versions, without effect yet: ");
                AppendNames(text, group, KeySupport.Refused, "Refused unless left at their defaults: ");
            }
        }

        return text.ToString();
    }

    internal static string Page()
    {
        var text = new StringBuilder();
        text.Append("""
            # Configuration

            Every key of `configuration.toml`. The key catalog in `src/host/Kata.Configuration/Keys` is the source of this page, of the shipped
            file and of the loader's checks; a test fails when they differ. How files are found and merged, and what pods may change, is in
            [configuration-files.md](configuration-files.md).

            *Effect*: `yes`, the key does what it says. `no`, the key is accepted so that files of other versions load; a value other than the
            default gives a warning. `refused`, a value other than the default is an error, because going on without it would be unsafe.

            """);
        foreach (KeyTable table in KeyCatalog.Tables)
        {
            text.Append("\n## `[").Append(table.Name).Append("]`\n\n").Append(table.Summary).Append('\n');
            foreach (KeyGroup group in table.Groups)
            {
                text.Append("\n### ").Append(group.Title).Append("\n\n| Key | Type | Default | Effect | Meaning |\n|---|---|---|---|---|\n");
                foreach (ConfigurationKey key in group.Keys)
                {
                    string effect = key.Support switch { KeySupport.Used => "yes", KeySupport.Ignored => "no", _ => "refused" };
                    text.Append($"| `{key.Name}` | {TypeOf(key)} | `{key.DefaultText}` | {effect} | {Full(key).Replace("|", "\\|", StringComparison.Ordinal)} |\n");
                }
            }
        }

        return text.ToString();
    }

    private static void AppendNames(StringBuilder text, KeyGroup group, KeySupport support, string intro)
    {
        string names = string.Join(", ", group.Keys.Where(key => key.Support == support).Select(key => key.Name));
        if (names.Length > 0)
        {
            text.Append('\n').Append(Comment($"{intro}{names}."));
        }
    }

    private static string Full(ConfigurationKey key) => key.Kind == ValueKind.Choice
        ? $"{key.Summary} One of {string.Join(", ", key.Choices.Select(choice => $"\"{choice}\""))}."
        : key.Summary;

    private static string TypeOf(ConfigurationKey key) => key.Kind switch
    {
        ValueKind.Text or ValueKind.Choice => "string",
        ValueKind.Flag => "boolean",
        ValueKind.Integer => "integer",
        ValueKind.Number => "number",
        _ => "strings",
    };

    private static string Comment(string text)
    {
        var wrapped = new StringBuilder();
        var line = new StringBuilder("#");
        foreach (string word in text.Split(' '))
        {
            if (line.Length + 1 + word.Length > Width)
            {
                wrapped.Append(line).Append('\n');
                line.Clear().Append('#');
            }

            line.Append(' ').Append(word);
        }

        return wrapped.Append(line).Append('\n').ToString();
    }
}
