namespace Kata.Hypervisors.Qemu.Qmp;

/// <summary>The empty object: no arguments, or no result.</summary>
internal sealed record QmpNothing
{
    /// <summary>The only value.</summary>
    public static readonly QmpNothing Value = new();
}
