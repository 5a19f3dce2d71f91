using System.Formats.Tar;
using System.Text;

using Kata.Primitives;
using Kata.Runtime.Images;
using TarEntry = Kata.Runtime.Images.TarEntry;
using TarReader = Kata.Runtime.Images.TarReader;

namespace Kata.Runtime.Tests.Images;

public sealed class TarReaderTests
{
    private static readonly string LongPath = string.Join('/', Enumerable.Repeat("a-directory-with-a-name", 20)) + "/file-ü.txt";

    [Theory]
    [InlineData(TarEntryFormat.Ustar, false)]
    [InlineData(TarEntryFormat.Pax, true)]
    [InlineData(TarEntryFormat.Gnu, true)]
    public void Next_ArchiveOfAnotherWriter_ReadsTheSame(TarEntryFormat format, bool longNames)
    {
        string name = longNames ? LongPath : "dir/file.txt";
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, format, leaveOpen: true))
        {
            PosixTarEntry file = Entry(format, System.Formats.Tar.TarEntryType.RegularFile, name);
            file.DataStream = new MemoryStream(Encoding.UTF8.GetBytes("content"));
            (file.Mode, file.Uid, file.Gid, file.ModificationTime) = (UnixFileMode.UserRead | UnixFileMode.SetUser, 1000, 100, DateTimeOffset.FromUnixTimeSeconds(1234567890));
            writer.WriteEntry(file);
            PosixTarEntry link = Entry(format, System.Formats.Tar.TarEntryType.SymbolicLink, "link");
            link.LinkName = name;
            writer.WriteEntry(link);
            PosixTarEntry device = Entry(format, System.Formats.Tar.TarEntryType.BlockDevice, "dev/sda1");
            (device.DeviceMajor, device.DeviceMinor) = (8, 1);
            writer.WriteEntry(device);
            writer.WriteEntry(Entry(format, System.Formats.Tar.TarEntryType.Directory, "d/"));
        }

        archive.Position = 0;
        var reader = new TarReader(archive);

        TarEntry first = reader.Next()!;
        Assert.Equal((name, TarEntryKind.File, 7, 1000U, 100U), (first.Name, first.Kind, first.Size, first.UserId, first.GroupId));
        Assert.Equal(0x900U, first.Mode);
        Assert.Equal(1234567890, first.ModifiedSeconds);
        Assert.Equal("content", ReadText(reader));
        TarEntry second = reader.Next()!;
        Assert.Equal((TarEntryKind.SymbolicLink, name), (second.Kind, second.LinkTarget));
        TarEntry third = reader.Next()!;
        Assert.Equal((TarEntryKind.BlockDevice, 8U, 1U), (third.Kind, third.Device.Major, third.Device.Minor));
        Assert.Equal(TarEntryKind.Directory, reader.Next()!.Kind);
        Assert.Null(reader.Next());
    }

    [Fact]
    public void Next_PaxRecords_Win()
    {
        TarEntry entry = Single(new TarBuilder().Pax(
            ("path", "täst"), ("uid", "4000000000"), ("mtime", "12.5"), ("SCHILY.xattr.user.a", "b"), ("comment", "x")).File("other").Finish());

        Assert.Equal(("täst", 4000000000U, 12L, 500_000_000U), (entry.Name, entry.UserId, entry.ModifiedSeconds, entry.ModifiedNanoseconds));
        Assert.Equal("b"u8.ToArray(), entry.ExtendedAttributes["user.a"]);
    }

    [Fact]
    public void Next_DataLeftUnread_IsSkipped()
    {
        var reader = new TarReader(new MemoryStream(new TarBuilder().File("a", new string('x', 5000)).File("b", "y").Finish()));
        reader.Next();
        reader.Read(new byte[10]);

        Assert.Equal("b", reader.Next()!.Name);
        Assert.Equal("y", ReadText(reader));
    }

    [Fact]
    public void Next_CutOffAnywhere_IsAnErrorOrTheEnd()
    {
        byte[] whole = new TarBuilder().Pax(("path", "a")).LongName("b").File("c", "content").Directory("d").Finish();

        for (int length = 0; length < whole.Length; length++)
        {
            var reader = new TarReader(new MemoryStream(whole[..length]));
            try
            {
                while (reader.Next() is not null)
                {
                    reader.Read(new byte[64]);
                }
            }
            catch (KataException error)
            {
                Assert.Equal(ErrorCode.InvalidArgument, error.Code);
            }
        }
    }

    public static TheoryData<string, byte[]> Damaged => new()
    {
        { "checksum", [.. "garbage"u8, .. new byte[505]] },
        { "header", [.. Enumerable.Repeat((byte)'x', 512)] },
        { "cut off", new TarBuilder().File("a", "b", claimedSize: 1L << 32).Finish() },
        { "cut off", new TarBuilder().Pax(("path", "x")).Unfinished() },
        { "extended header", new TarBuilder().Pax('x', "9999999999 a=b\n").File("a").Finish() },
        { "extended header", new TarBuilder().Pax('x', "5 a=b").File("a").Finish() },
        { "extended header", new TarBuilder().Pax('x', "-5 a=b\n").File("a").Finish() },
        { "extended header", new TarBuilder().Pax('x', "6 =bb\n").File("a").Finish() },
        { "extended header", new TarBuilder().Pax(("path", "a\0b")).File("a").Finish() },
        { "extended header", new TarBuilder().Pax(("size", "-1")).File("a").Finish() },
        { "extended header", new TarBuilder().Pax(("uid", "4294967295")).File("a").Finish() },
        { "extended header", new TarBuilder().Pax(("mtime", "1.x")).File("a").Finish() },
        { "extended header", new TarBuilder().Entry('x', "h", [], claimedSize: 1L << 30).File("a").Finish() },
        { "extended header", new TarBuilder().Entry('L', "h", [], claimedSize: 1L << 30).File("a").Finish() },
        { "too many headers", Repeat(9).File("a").Finish() },
        { "not UTF-8", new TarBuilder().Entry('L', "h", [0xFF, 0xFE, 0]).File("a").Finish() },
        { "sparse", new TarBuilder().Pax(("GNU.sparse.major", "1")).File("a").Finish() },
        { "type 'S'", new TarBuilder().Entry('S', "a", []).Finish() },
        { "impossible size", new TarBuilder().Pax(("size", "9223372036854775807")).File("a").Finish() },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void Next_Damaged_IsRefused(string problem, byte[] archive)
    {
        KataException error = Assert.Throws<KataException>(() =>
        {
            var reader = new TarReader(new MemoryStream(archive));
            while (reader.Next() is not null)
            {
            }
        });

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    private static TarBuilder Repeat(int times)
    {
        var builder = new TarBuilder();
        for (int i = 0; i < times; i++)
        {
            builder.Pax(("comment", "x"));
        }

        return builder;
    }

    private static PosixTarEntry Entry(TarEntryFormat format, System.Formats.Tar.TarEntryType type, string name) => format switch
    {
        TarEntryFormat.Ustar => new UstarTarEntry(type, name),
        TarEntryFormat.Gnu => new GnuTarEntry(type, name),
        _ => new PaxTarEntry(type, name),
    };

    private static TarEntry Single(byte[] archive) => new TarReader(new MemoryStream(archive)).Next()!;

    private static string ReadText(TarReader reader)
    {
        var text = new MemoryStream();
        byte[] buffer = new byte[3];
        while (reader.Read(buffer) is > 0 and var count)
        {
            text.Write(buffer, 0, count);
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }
}
