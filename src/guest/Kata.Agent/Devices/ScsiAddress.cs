using System.Globalization;
using Kata.Primitives;

namespace Kata.Agent.Devices;

/// <summary>Where a disk is on a SCSI host, written <c>ID:LUN</c> in decimal; the channel is always 0.</summary>
/// <param name="Target">The target: 0 to 255.</param>
/// <param name="Lun">The logical unit: 0 to 16383.</param>
internal readonly record struct ScsiAddress(uint Target, uint Lun)
{
    private const uint MaxTarget = 255;
    private const uint MaxLun = 16383;

    /// <summary>Reads an address.</summary>
    /// <exception cref="KataException">InvalidArgument: not an address.</exception>
    public static ScsiAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && TryNumber(text[..colon], MaxTarget, out uint target) && TryNumber(text[(colon + 1)..], MaxLun, out uint lun)
            ? new ScsiAddress(target, lun)
            : throw KataException.Invalid($"'{Printable.Escape(text, 64)}' is no SCSI address: give ID:LUN, 0 to {MaxTarget} and 0 to {MaxLun}");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Target}:{Lun}");

    private static bool TryNumber(string text, uint most, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= most;
}
