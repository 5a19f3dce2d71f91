namespace Kata.Hypervisors.Qemu.Qmp;

/// <summary>The kinds of lines QEMU sends.</summary>
internal enum QmpMessageKind
{
    /// <summary>The first line, with QEMU's version.</summary>
    Greeting,

    /// <summary>A command succeeded.</summary>
    Return,

    /// <summary>A command failed.</summary>
    Error,

    /// <summary>Something happened.</summary>
    Event,
}
