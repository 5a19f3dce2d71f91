using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Functions that tell types apart.</summary>
internal static class Types
{
    public static readonly Builtin[] All =
    [
        Is("is_null", RegoKind.Null),
        Is("is_boolean", RegoKind.Boolean),
        Is("is_number", RegoKind.Number),
        Is("is_string", RegoKind.String),
        Is("is_array", RegoKind.Array),
        Is("is_object", RegoKind.Object),
        Is("is_set", RegoKind.Set),
        new("type_name", 1, static (c, a) => c.Text(Name(a[0].Kind))),
    ];

    private static Builtin Is(string name, RegoKind kind) => new(name, 1, (_, a) => RegoValue.Of(a[0].Kind == kind));

    private static string Name(RegoKind kind) => kind switch
    {
        RegoKind.Null => "null",
        RegoKind.Boolean => "boolean",
        RegoKind.Number => "number",
        RegoKind.String => "string",
        RegoKind.Array => "array",
        RegoKind.Object => "object",
        _ => "set",
    };
}
