namespace Kata.Hypervisors.Qemu.Qmp;

/// <summary>What QEMU says first.</summary>
internal sealed record QmpGreeting
{
    /// <summary>QEMU's version.</summary>
    public required QmpVersion Version { get; init; }

    /// <summary>QEMU's version, with the distribution's addition.</summary>
    internal sealed record QmpVersion
    {
        /// <summary>The release.</summary>
        public required QmpRelease Qemu { get; init; }
    }

    /// <summary>A release of QEMU.</summary>
    internal sealed record QmpRelease
    {
        /// <summary>First number.</summary>
        public required int Major { get; init; }

        /// <summary>Second number.</summary>
        public required int Minor { get; init; }

        /// <summary>Third number.</summary>
        public required int Micro { get; init; }
    }
}
