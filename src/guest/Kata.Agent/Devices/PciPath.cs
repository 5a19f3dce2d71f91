using System.Globalization;
using Kata.Primitives;

namespace Kata.Agent.Devices;

/// <summary>
/// Where a PCI device is, counted from a root bus: the slot and function of each bridge on the way and of the device, as the host knows them before the
/// guest has numbered its buses. Written <c>[ROOT/]SS[.F]/SS[.F]…</c> in hexadecimal, where ROOT is the root bus if it is not <c>0000:00</c>: either
/// <c>DDDD:BB</c>, or, as upstream writes it, <c>BB</c> from 20 on, which no slot can be.
/// </summary>
internal sealed record PciPath
{
    private const string FirstRoot = "0000:00";
    private const int MaxDepth = 32;
    private const uint MaxSlot = 0x1f;
    private const uint MaxFunction = 7;

    private PciPath(string root, IReadOnlyList<(byte Slot, byte Function)> steps) => (Root, Steps) = (root, steps);

    /// <summary>The root bus, domain and number: <c>0000:00</c>. Host bridges beyond the first, such as QEMU's pxb-pcie, have others.</summary>
    public string Root { get; }

    /// <summary>Slot (0 to 31) and function (0 to 7) of each step; the last is the device's.</summary>
    public IReadOnlyList<(byte Slot, byte Function)> Steps { get; }

    /// <summary>Reads a path.</summary>
    /// <exception cref="KataException">InvalidArgument: not a path.</exception>
    public static PciPath Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.Split('/', MaxDepth + 2);
        bool hasRoot = TryRoot(words[0], out string root);
        ReadOnlySpan<string> places = words.AsSpan(hasRoot ? 1 : 0);
        var steps = new (byte, byte)[places.Length];
        bool good = places.Length is > 0 and <= MaxDepth;
        for (int i = 0; i < places.Length && good; i++)
        {
            good = TryStep(places[i], out steps[i]);
        }

        return good ? new PciPath(root, steps) : throw KataException.Invalid(
            $"'{Printable.Escape(text, 128)}' is no PCI path: give [DDDD:BB/]SS[.F]/SS[.F]… with slots 00 to 1f and functions 0 to 7 in hexadecimal, at most {MaxDepth} of them");
    }

    /// <summary>Makes a path of slots, all with function 0; as in the written form, a first number from 0x20 on is the root bus.</summary>
    /// <exception cref="KataException">InvalidArgument: none, too many, or a slot that cannot be.</exception>
    public static PciPath FromSlots(IReadOnlyList<uint> slots)
    {
        bool hasRoot = slots.Count > 0 && slots[0] is > MaxSlot and <= byte.MaxValue;
        uint[] places = [.. slots.Skip(hasRoot ? 1 : 0)];
        if (places.Length is 0 or > MaxDepth || places.Any(slot => slot > MaxSlot))
        {
            throw KataException.Invalid(
                $"[{string.Join(", ", slots.Take(MaxDepth))}] is no PCI path: give slots of 0 to {MaxSlot}, at most {MaxDepth} of them, behind the root bus if its number is {MaxSlot + 1} to {byte.MaxValue}");
        }

        return new PciPath(hasRoot ? NumberedRoot(slots[0]) : FirstRoot, [.. places.Select(slot => ((byte)slot, (byte)0))]);
    }

    /// <inheritdoc/>
    public bool Equals(PciPath? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>The path as it is written, with a root bus and functions only where they are not 0.</summary>
    public override string ToString() => (Root == FirstRoot ? string.Empty : Root + "/") + string.Join('/', Steps.Select(step =>
        step.Function == 0 ? $"{step.Slot:x2}" : $"{step.Slot:x2}.{step.Function:x}"));

    // DDDD:BB, or the number alone where it cannot be a slot.
    private static bool TryRoot(string word, out string root)
    {
        if (PciBus.IsBus(word))
        {
            root = word.ToLowerInvariant();
            return true;
        }

        bool isNumber = TryHex(word, maxDigits: 2, most: 0xff, out uint number) && number > MaxSlot;
        root = isNumber ? NumberedRoot(number) : FirstRoot;
        return isNumber;
    }

    private static string NumberedRoot(uint number) => string.Create(CultureInfo.InvariantCulture, $"0000:{number:x2}");

    private static bool TryStep(string word, out (byte Slot, byte Function) step)
    {
        int dot = word.IndexOf('.', StringComparison.Ordinal);
        string slot = dot < 0 ? word : word[..dot];
        uint function = 0;
        bool good = TryHex(slot, maxDigits: 2, MaxSlot, out uint number) && (dot < 0 || TryHex(word[(dot + 1)..], maxDigits: 1, MaxFunction, out function));
        step = ((byte)number, (byte)function);
        return good;
    }

    private static bool TryHex(string text, int maxDigits, uint most, out uint number) =>
        uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number) && text.Length <= maxDigits && number <= most;
}
