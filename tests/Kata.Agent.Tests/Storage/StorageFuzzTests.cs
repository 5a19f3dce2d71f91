using System.Text;
using Kata.Agent.Storage.Fuzz;

namespace Kata.Agent.Tests.Storage;

/// <summary>Runs the fuzz target over requests of every kind and over damaged copies of them, the same ones every time.</summary>
public sealed class StorageFuzzTests
{
    private const int MutantsPerSeed = 400;
    private const string Place = "/run/kata-containers/shared/containers/";

    private static readonly string[] Seeds =
    [
        $"blk\n02/01\next4\n{Place}x\nro\nfsgid=5",
        $"blk\nserial=drive-1\nxfs\n{Place}x\nnouuid",
        $"scsi\n1:2\next4\n{Place}x",
        $"nvdimm\n/dev/pmem0\next4\n{Place}x\ndax",
        $"9p\nkataShared\n9p\n{Place}\ntrans=virtio,version=9p2000.L\nnodev",
        $"ephemeral\nnodev\nhugetlbfs\n{Place}h\npagesize=2M,size=8388608",
        $"ephemeral\nshm\ntmpfs\n/run/kata-containers/sandbox/shm\nnoexec\nmode=1777\nsize=65536",
        $"local\nlocal\nlocal\n{Place}l\nmode=0777\nfsgid=100",
        $"overlayfs\nnone\noverlay\n{Place}o\nlowerdir=/run/kata-containers/a:/run/kata-containers/b\nio.katacontainers.fs-opt.overlay-rw",
        $"watchable-bind\n{Place}src\nbind\n{Place}watchable/x\nbind\nro",
        "blk\n02\n\n/dev/xda",
        "mmioblk\n\n/dev/vda\n/dev/xda",
        "vfio-pci\n12\n\n/dev/vfio/12c\n0000:1a:00.0=02/01",
    ];

    [Fact]
    public void Run_SeedsAndMutants_AreAcceptedOrRefused()
    {
        foreach (string text in Seeds)
        {
            byte[] seed = Encoding.UTF8.GetBytes(text);
            StorageFuzzTarget.Run(seed);
            var random = new Random(seed.Length);
            for (int i = 0; i < MutantsPerSeed; i++)
            {
                byte[] mutant = Mutate(seed, random);
                try
                {
                    StorageFuzzTarget.Run(mutant);
                }
                catch (Exception error)
                {
                    Assert.Fail($"{Convert.ToHexStringLower(mutant)}\n{error}");
                }
            }
        }
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        byte[] copy = [.. seed];
        for (int n = random.Next(1, 5); n > 0 && copy.Length > 0; n--)
        {
            int at = random.Next(copy.Length);
            copy = random.Next(4) switch
            {
                0 => [.. copy[..at], (byte)random.Next(256), .. copy[(at + 1)..]],
                1 => [.. copy[..at], .. copy[random.Next(copy.Length)..]],
                2 => [.. copy[..at], .. "/../\n=,:.0fs\0"u8[random.Next(13)..], .. copy[at..]],
                _ => [.. copy[..at], .. Enumerable.Repeat(copy[at], random.Next(64)), .. copy[at..]],
            };
        }

        return copy;
    }
}
