using Kata.Hypervisors.Qemu.Qmp;

namespace Kata.Hypervisors.Qemu;

/// <summary>Remembers why QEMU says it ends. Safe for concurrent use.</summary>
internal sealed class ShutdownReason
{
    // Only names we know, so that nothing of the other side's making is stored.
    private volatile string? _words;

    /// <summary>The reason in words; null while QEMU has given none.</summary>
    public string? Words => _words;

    /// <summary>Takes notice of an event.</summary>
    public void Observe(QmpEvent happened)
    {
        switch (happened.Name)
        {
            case "SHUTDOWN":
                _words ??= happened.Text("reason") switch
                {
                    "guest-reset" => "the guest reset itself, as it does after a kernel panic",
                    "guest-shutdown" => "the guest powered off",
                    "guest-panic" => "the guest's kernel panicked",
                    "host-signal" => "qemu was told to end by a signal",
                    "host-error" => "qemu met an error of the host",
                    _ => null,
                };
                break;
            case "GUEST_PANICKED":
                _words = "the guest's kernel panicked";
                break;
            default:
                break;
        }
    }
}
