using System.Text.Json.Nodes;

namespace Kata.Vm.Tests.Comparisons;

/// <summary>One bundle that is run by runc and by our agent, and what is done to it while it runs.</summary>
/// <param name="Name">Group and name: <c>mounts/flags</c>.</param>
/// <param name="Config">The config.json, with <c>{rootfs}</c> and <c>{id}</c> where the two runs differ.</param>
/// <param name="Steps">What happens once the program has printed <c>ready</c>: <c>exec</c>, <c>signal</c> or <c>wait</c> in ms.</param>
/// <param name="After">A script that a second container with the same root runs afterwards, if any.</param>
/// <param name="Differs">Why the results differ; null if they must not.</param>
public sealed record ComparisonCase(string Name, string Config, IReadOnlyList<JsonNode> Steps, string? After, string? Differs)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Comparisons");

    /// <summary>All cases of <c>cases.json</c>.</summary>
    public static IReadOnlyList<ComparisonCase> All { get; } =
        [.. JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "cases.json")))!.AsArray().Select(node => Read(node!))];

    /// <summary>The config.json of the base, running a script.</summary>
    public static JsonNode Base(JsonArray args)
    {
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "base.json")))!;
        config["process"]!["args"] = args;
        return config;
    }

    public static JsonArray Shell(string script) => ["sh", "-c", script];

    private static ComparisonCase Read(JsonNode node)
    {
        JsonNode config = Base(node["args"]?.DeepClone().AsArray() ?? Shell(string.Join('\n', node["script"]!.AsArray().Select(line => (string)line!))));
        Merge(config, node["patch"]);
        foreach (JsonNode? mount in node["mounts"]?.AsArray() ?? [])
        {
            config["mounts"]!.AsArray().Add(mount!.DeepClone());
        }

        return new ComparisonCase(
            (string)node["name"]!, config.ToJsonString(), [.. node["steps"]?.AsArray().Select(step => step!) ?? []], (string?)node["after"], (string?)node["differs"]);
    }

    // As RFC 7396, without removing.
    private static void Merge(JsonNode target, JsonNode? patch)
    {
        foreach ((string name, JsonNode? value) in patch?.AsObject() ?? [])
        {
            if (value is JsonObject && target[name] is JsonObject inner)
            {
                Merge(inner, value);
            }
            else
            {
                target[name] = value?.DeepClone();
            }
        }
    }
}
