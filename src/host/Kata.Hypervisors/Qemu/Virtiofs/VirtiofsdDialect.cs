namespace Kata.Hypervisors.Qemu.Virtiofs;

/// <summary>The two families of virtiofsd, which take different arguments.</summary>
internal enum VirtiofsdDialect
{
    /// <summary>The one in C, part of QEMU up to 7.2: <c>-o key=value</c>.</summary>
    C,

    /// <summary>The one in Rust: <c>--key value</c>.</summary>
    Rust,
}
