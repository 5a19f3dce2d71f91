using System.Text.Json;
using Kata.Agent.Storage;
using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Protocols.Oci;

namespace Kata.Agent.Hooks;

/// <summary>The directory that hooks find a container's specification in. Made for containers with hooks only.</summary>
internal sealed class BundleDirectory : IDisposable
{
    private const string ConfigName = "config.json";

    private readonly string _id;

    private BundleDirectory(string id) => _id = id;

    /// <summary>Its path, which hooks are told.</summary>
    public string Path => $"{GuestPaths.Root}/{_id}";

    /// <summary>Makes it and writes the parts of the specification that hooks look at.</summary>
    /// <exception cref="LinuxException">It exists, or cannot be made.</exception>
    public static BundleDirectory Create(string id, Spec spec)
    {
        using ConfinedDirectory root = ConfinedDirectory.Open(GuestPaths.Root, ResolveFlags.Strict);
        FileAt.MakeDirectory(root.Handle, id, 0x1C0);
        var bundle = new BundleDirectory(id);
        try
        {
            using Fd directory = FileAt.Open(root.Handle, id, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
            using Fd file = FileAt.Open(directory, ConfigName, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive, 0x1A4);
            FdIo.WriteAll(file, Compose(spec));
            return bundle;
        }
        catch
        {
            bundle.Dispose();
            throw;
        }
    }

    /// <summary>Removes it.</summary>
    public void Dispose()
    {
        using ConfinedDirectory root = ConfinedDirectory.Open(GuestPaths.Root, ResolveFlags.Strict);
        using (Fd? directory = root.TryOpen(_id, OpenFlags.Path | OpenFlagsPerArchitecture.Directory))
        {
            if (directory is not null && FileAt.TryStatus(directory, ConfigName) is not null)
            {
                FileAt.RemoveFile(directory, ConfigName);
            }
        }

        FileAt.RemoveDirectory(root.Handle, _id);
    }

    /// <summary>The text of config.json.</summary>
    internal static byte[] Compose(Spec spec)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion", spec.Version.Length > 0 ? spec.Version : HookState.OciVersion);
            json.WriteStartObject("root");
            json.WriteString("path", spec.Root.Path);
            json.WriteBoolean("readonly", spec.Root.Readonly);
            json.WriteEndObject();
            json.WriteString("hostname", spec.Hostname);
            WriteProcess(json, spec.Process);
            WriteMounts(json, spec.Mounts);
            HookState.WriteAnnotations(json, spec);
            WriteLinux(json, spec.Linux);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteProcess(Utf8JsonWriter json, Process process)
    {
        json.WriteStartObject("process");
        json.WriteBoolean("terminal", process.Terminal);
        json.WriteStartObject("user");
        json.WriteNumber("uid", process.User?.UID ?? 0);
        json.WriteNumber("gid", process.User?.GID ?? 0);
        json.WriteEndObject();
        WriteTexts(json, "args", process.Args);
        WriteTexts(json, "env", process.Env);
        json.WriteString("cwd", process.Cwd);
        if (process.Capabilities is { } capabilities)
        {
            json.WriteStartObject("capabilities");
            WriteTexts(json, "bounding", capabilities.Bounding);
            WriteTexts(json, "effective", capabilities.Effective);
            WriteTexts(json, "inheritable", capabilities.Inheritable);
            WriteTexts(json, "permitted", capabilities.Permitted);
            WriteTexts(json, "ambient", capabilities.Ambient);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteMounts(Utf8JsonWriter json, IEnumerable<Mount> mounts)
    {
        json.WriteStartArray("mounts");
        foreach (Mount mount in mounts)
        {
            json.WriteStartObject();
            json.WriteString("destination", mount.Destination);
            json.WriteString("type", mount.Type);
            json.WriteString("source", mount.Source);
            WriteTexts(json, "options", mount.Options);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLinux(Utf8JsonWriter json, Protocols.Oci.Linux linux)
    {
        json.WriteStartObject("linux");
        json.WriteString("cgroupsPath", linux.CgroupsPath);
        json.WriteStartArray("namespaces");
        foreach (LinuxNamespace entry in linux.Namespaces)
        {
            json.WriteStartObject();
            json.WriteString("type", entry.Type);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("devices");
        foreach (LinuxDevice device in linux.Devices)
        {
            json.WriteStartObject();
            json.WriteString("path", device.Path);
            json.WriteString("type", device.Type);
            json.WriteNumber("major", device.Major);
            json.WriteNumber("minor", device.Minor);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
