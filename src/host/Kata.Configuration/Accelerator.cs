namespace Kata.Configuration;

/// <summary>What executes the guest's instructions.</summary>
public enum Accelerator
{
    /// <summary>KVM where it works, else translation.</summary>
    Auto,

    /// <summary>KVM, or an error.</summary>
    Kvm,

    /// <summary>QEMU's own translation.</summary>
    Tcg,
}
