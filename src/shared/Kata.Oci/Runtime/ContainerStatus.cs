using System.Text.Json.Serialization;

namespace Kata.Oci.Runtime;

/// <summary>Where a container is in its life.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ContainerStatus>))]
public enum ContainerStatus
{
    /// <summary>Being set up.</summary>
    [JsonStringEnumMemberName("creating")]
    Creating,

    /// <summary>Set up; the user's program has not run yet.</summary>
    [JsonStringEnumMemberName("created")]
    Created,

    /// <summary>The user's program runs.</summary>
    [JsonStringEnumMemberName("running")]
    Running,

    /// <summary>The user's program has ended.</summary>
    [JsonStringEnumMemberName("stopped")]
    Stopped,
}
