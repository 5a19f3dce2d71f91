using System.Text;
using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Functions that write values in other notations.</summary>
internal static class Encodings
{
    private const int MaxJson = 1024 * 1024;

    public static readonly Builtin[] All =
    [
        Change("base64.encode", static text => Convert.ToBase64String(Encoding.UTF8.GetBytes(text))),
        Change("base64.decode", Decoded),
        Change("base64url.encode", static text => UrlForm(Convert.ToBase64String(Encoding.UTF8.GetBytes(text)))),
        Change("base64url.encode_no_pad", static text => UrlForm(Convert.ToBase64String(Encoding.UTF8.GetBytes(text))).TrimEnd('=')),
        Change("base64url.decode", static text => Decoded(Padded(text.Replace('-', '+').Replace('_', '/')))),
        Change("hex.encode", static text => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text))),
        new("base64.is_valid", 1, static (_, a) => a[0] is RegoString text ? RegoValue.Of(Decoded(text.Value) is not null) : null),
        new("json.marshal", 1, static (c, a) => Json(c, a[0])),
    ];

    private static Builtin Change(string name, Func<string, string?> change) => new(name, 1, (c, a) =>
    {
        if (a[0] is not RegoString text)
        {
            return null;
        }

        c.Budget.Text(text.Value.Length * 4L);
        return change(text.Value) is { } changed ? new RegoString(changed) : null;
    });

    private static string UrlForm(string base64) => base64.Replace('+', '-').Replace('/', '_');

    private static string Padded(string base64) => base64.PadRight((base64.Length + 3) / 4 * 4, '=');

    private static string? Decoded(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out int length) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }

    private static RegoValue? Json(BuiltinContext context, RegoValue value)
    {
        context.Budget.Cells(value.Weight);
        return RegoText.Json(value, MaxJson) is { } json ? context.Text(json) : null;
    }
}
