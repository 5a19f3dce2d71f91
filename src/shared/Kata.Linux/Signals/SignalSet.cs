namespace Kata.Linux.Signals;

/// <summary>An immutable set of signals, in the kernel's form.</summary>
/// <param name="Bits">Signal n is bit n-1.</param>
public readonly record struct SignalSet(ulong Bits)
{
    /// <summary>No signal.</summary>
    public static SignalSet Empty => default;

    /// <summary>All 64.</summary>
    public static SignalSet All => new(ulong.MaxValue);

    /// <summary>Makes a set of signals.</summary>
    /// <param name="signals">Each 1 to 64.</param>
    public static SignalSet Of(params ReadOnlySpan<int> signals)
    {
        ulong bits = 0;
        foreach (int signal in signals)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(signal);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(signal, SignalNames.Maximum);
            bits |= 1UL << (signal - 1);
        }

        return new SignalSet(bits);
    }

    /// <summary>Whether a signal is in it.</summary>
    /// <param name="signal">1 to 64.</param>
    public bool Contains(int signal) => signal is >= 1 and <= SignalNames.Maximum && (Bits >> (signal - 1) & 1) != 0;
}
