using Kata.Primitives;

namespace Kata.Linux.Cgroups;

/// <summary>One rule about the use of devices.</summary>
/// <param name="Allow">Whether it allows or denies.</param>
/// <param name="Kind">Which devices.</param>
/// <param name="Major">The major number; null for any.</param>
/// <param name="Minor">The minor number; null for any.</param>
/// <param name="Access">What it is about.</param>
public sealed record DeviceRule(bool Allow, DeviceRuleKind Kind, uint? Major, uint? Minor, DeviceAccess Access)
{
    /// <summary>Reads a rule of an OCI specification.</summary>
    /// <param name="allow">Whether it allows.</param>
    /// <param name="type"><c>a</c>, <c>b</c>, <c>c</c>, <c>u</c>; empty or null is <c>a</c>.</param>
    /// <param name="major">The major number; null or negative for any.</param>
    /// <param name="minor">The minor number; null or negative for any.</param>
    /// <param name="access">Letters of <c>rwm</c>; empty or null is all.</param>
    /// <exception cref="KataException">InvalidArgument: another type or letter, or a number too large.</exception>
    public static DeviceRule Parse(bool allow, string? type, long? major, long? minor, string? access) =>
        new(allow, ParseKind(type), ParseNumber(major), ParseNumber(minor), ParseAccess(access));

    /// <summary>As the files of v1 take it: <c>c 1:3 rwm</c>, with <c>*</c> for any.</summary>
    public override string ToString() => Kind == DeviceRuleKind.All
        ? "a"
        : $"{(Kind == DeviceRuleKind.Block ? 'b' : 'c')} {Major?.ToString() ?? "*"}:{Minor?.ToString() ?? "*"} {Letters}";

    private string Letters => string.Concat(
        Access.HasFlag(DeviceAccess.Read) ? "r" : string.Empty,
        Access.HasFlag(DeviceAccess.Write) ? "w" : string.Empty,
        Access.HasFlag(DeviceAccess.MakeNode) ? "m" : string.Empty);

    private static DeviceRuleKind ParseKind(string? type) => type switch
    {
        null or "" or "a" => DeviceRuleKind.All,
        "b" => DeviceRuleKind.Block,
        "c" or "u" => DeviceRuleKind.Character,
        _ => throw KataException.Invalid($"'{Printable.Escape(type, 16)}' is no kind of device; use a, b or c"),
    };

    private static uint? ParseNumber(long? number) => number switch
    {
        null or < 0 => null,
        <= int.MaxValue => (uint)number.Value,
        _ => throw KataException.Invalid($"device number {number} is too large"),
    };

    private static DeviceAccess ParseAccess(string? access)
    {
        if (string.IsNullOrEmpty(access))
        {
            return DeviceAccess.All;
        }

        DeviceAccess result = DeviceAccess.None;
        foreach (char letter in access)
        {
            result |= letter switch
            {
                'r' => DeviceAccess.Read,
                'w' => DeviceAccess.Write,
                'm' => DeviceAccess.MakeNode,
                _ => throw KataException.Invalid($"'{Printable.Escape(access, 16)}' is no access to a device; use letters of rwm"),
            };
        }

        return result;
    }
}
