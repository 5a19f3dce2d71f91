namespace Kata.Linux.Hosts;

/// <summary>The kernel's random number generator.</summary>
public static unsafe class RandomPool
{
    private const nuint AddToEntropyCount = 0x40045201; // RNDADDTOENTCNT
    private const nuint Reseed = 0x5207; // RNDRESEEDCRNG

    /// <summary>Mixes bytes in, counts them as entropy and makes the generator take a new seed.</summary>
    /// <param name="seed">Bytes nobody else knows; 1 to 1 MiB.</param>
    /// <exception cref="LinuxException">EPERM: not privileged.</exception>
    public static void Mix(ReadOnlySpan<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfZero(seed.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(seed.Length, 1 << 20);
        using Fd device = Fd.Open("/dev/random", OpenFlags.ReadWrite);
        FdIo.WriteAll(device, seed);
        int bits = seed.Length * 8;
        Check(HostControl.Ask(device, AddToEntropyCount, (nint)(&bits)), "RNDADDTOENTCNT");
        Check(HostControl.Ask(device, Reseed, 0), "RNDRESEEDCRNG");
    }

    private static void Check(int result, string request)
    {
        if (result < 0)
        {
            throw LinuxException.FromLastError("ioctl", request);
        }
    }
}
