using System.Text.Json.Serialization;

namespace Kata.Runtime.Persistence;

[JsonSourceGenerationOptions(MaxDepth = 16)]
[JsonSerializable(typeof(PersistedSandbox))]
internal sealed partial class PersistenceJson : JsonSerializerContext;
