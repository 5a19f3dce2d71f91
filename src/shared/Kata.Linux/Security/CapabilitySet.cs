using System.Collections;
using System.Numerics;
using Kata.Primitives;

namespace Kata.Linux.Security;

/// <summary>An immutable set of capabilities.</summary>
/// <param name="Bits">One bit per capability, at its number.</param>
public readonly record struct CapabilitySet(ulong Bits) : IEnumerable<Capability>
{
    private const string Prefix = "CAP_";

    // In the order of their numbers.
    private static readonly string[] Names =
    [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE",
        "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
        "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL",
        "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ];

    /// <summary>No capability.</summary>
    public static CapabilitySet Empty => default;

    /// <summary>Every capability that this build knows.</summary>
    public static CapabilitySet All => new((1UL << Names.Length) - 1);

    /// <summary>Makes a set of capabilities.</summary>
    public static CapabilitySet Of(params ReadOnlySpan<Capability> capabilities)
    {
        ulong bits = 0;
        foreach (Capability capability in capabilities)
        {
            bits |= 1UL << (int)capability;
        }

        return new CapabilitySet(bits);
    }

    /// <summary>Reads names as OCI configurations write them.</summary>
    /// <param name="names">Names such as <c>CAP_NET_ADMIN</c>; case and the prefix do not matter.</param>
    /// <exception cref="KataException">InvalidArgument: there is no such capability.</exception>
    public static CapabilitySet Parse(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        ulong bits = 0;
        foreach (string name in names)
        {
            bits |= TryParse(name, out Capability capability)
                ? 1UL << (int)capability
                : throw KataException.Invalid($"unknown capability '{Printable.Escape(name, maxLength: 64)}': use a name such as CAP_NET_ADMIN");
        }

        return new CapabilitySet(bits);
    }

    /// <summary>Reads one name.</summary>
    /// <param name="name">A name such as <c>CAP_NET_ADMIN</c>; case and the prefix do not matter.</param>
    /// <param name="capability">What it names.</param>
    /// <returns>False if it names nothing.</returns>
    public static bool TryParse(string name, out Capability capability)
    {
        ArgumentNullException.ThrowIfNull(name);
        ReadOnlySpan<char> bare = name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? name.AsSpan(Prefix.Length) : name;
        int index = Names.Length - 1;
        while (index >= 0 && (Names[index].Length != bare.Length || !bare.Equals(Names[index], StringComparison.OrdinalIgnoreCase)))
        {
            index--;
        }

        capability = (Capability)Math.Max(index, 0);
        return index >= 0;
    }

    /// <summary>The name that configurations use: <c>CAP_NET_ADMIN</c>.</summary>
    public static string NameOf(Capability capability) => Prefix + Names[(int)capability];

    /// <summary>Whether the set holds a capability.</summary>
    public bool Contains(Capability capability) => (Bits >> (int)capability & 1) != 0;

    /// <summary>What is in both sets.</summary>
    public CapabilitySet Intersect(CapabilitySet other) => new(Bits & other.Bits);

    /// <summary>What is in either set.</summary>
    public CapabilitySet Union(CapabilitySet other) => new(Bits | other.Bits);

    /// <inheritdoc/>
    public IEnumerator<Capability> GetEnumerator()
    {
        for (ulong rest = Bits; rest != 0; rest &= rest - 1)
        {
            yield return (Capability)BitOperations.TrailingZeroCount(rest);
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The names, with commas.</summary>
    public override string ToString() => string.Join(',', this.Select(capability => (int)capability < Names.Length ? NameOf(capability) : $"{(int)capability}"));
}
