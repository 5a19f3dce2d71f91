using System.Text.Json;

namespace Kata.Hypervisors.Qemu.Qmp;

/// <summary>Something QEMU reports without having been asked.</summary>
/// <param name="Name">Its name: <c>SHUTDOWN</c>.</param>
/// <param name="Data">Its data, an object; undefined where the event has none.</param>
internal readonly record struct QmpEvent(string Name, JsonElement Data)
{
    /// <summary>A text in the data, or null.</summary>
    /// <exception cref="InvalidOperationException">The text is not valid Unicode.</exception>
    public string? Text(string property) =>
        Data.ValueKind == JsonValueKind.Object && Data.TryGetProperty(property, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
