using System.Text.Json;
using Kata.Protocols.Oci;

namespace Kata.Agent.Hooks;

/// <summary>The state of a container as hooks get it on standard input.</summary>
internal static class HookState
{
    /// <summary>The version of the runtime specification that hooks are run by.</summary>
    public const string OciVersion = "1.2.0";

    /// <summary>The text.</summary>
    /// <param name="id">The container.</param>
    /// <param name="stage">When the hook runs.</param>
    /// <param name="pid">Its first process in the guest; 0 when there is none any more.</param>
    /// <param name="bundle">Its bundle directory.</param>
    /// <param name="spec">Its specification.</param>
    public static byte[] Compose(string id, HookStage stage, int pid, string bundle, Spec spec)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion", OciVersion);
            json.WriteString("id", id);
            json.WriteString("status", HookNames.StatusAt(stage));
            if (pid > 0)
            {
                json.WriteNumber("pid", pid);
            }

            json.WriteString("bundle", bundle);
            WriteAnnotations(json, spec);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Writes the annotations of a specification, if there are any.</summary>
    public static void WriteAnnotations(Utf8JsonWriter json, Spec spec)
    {
        if (spec.Annotations.Count == 0)
        {
            return;
        }

        json.WriteStartObject("annotations");
        foreach ((string name, string value) in spec.Annotations)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
    }
}
