using System.Text;
using Kata.Agent.Storage.Fuzz;
using Kata.Testing.Fuzzing;

namespace Kata.Agent.Tests.Storage;

/// <summary>Runs the fuzz target over requests of every kind and over damaged copies of them, the same ones every time.</summary>
public sealed class StorageFuzzTests
{
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

    private static readonly string[] Pieces = ["/../", "/..", "\n", "=", ",", ":", ".", "0", "fs", "\0"];

    [Fact]
    public void Run_SeedsAndMutants_AreAcceptedOrRefused() =>
        FuzzRun.Over([.. Seeds.Select(Encoding.UTF8.GetBytes)], StorageFuzzTarget.Run, new FuzzOptions { MutantsPerSeed = 400, Pieces = Pieces });
}
