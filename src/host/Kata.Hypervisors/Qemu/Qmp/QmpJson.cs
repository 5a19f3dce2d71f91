using System.Text.Json.Serialization;

namespace Kata.Hypervisors.Qemu.Qmp;

/// <summary>Serializers for the arguments and results of the commands used.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = QmpMessage.MaxDepth)]
[JsonSerializable(typeof(QmpNothing))]
[JsonSerializable(typeof(QmpStatus))]
[JsonSerializable(typeof(QmpGreeting))]
internal sealed partial class QmpJson : JsonSerializerContext;
