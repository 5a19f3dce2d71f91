using System.Globalization;
using System.Text;

namespace Kata.Vm.Tests.Guests;

/// <summary>Writes an initrd: a cpio archive in the "newc" format. Device nodes need no rights this way.</summary>
public sealed class CpioArchive
{
    private readonly MemoryStream _bytes = new();
    private int _nextInode = 1;

    public CpioArchive Directory(string name) => Add(name, 0x41ED, []);

    public CpioArchive File(string name, ReadOnlySpan<byte> contents, bool executable = false) => Add(name, executable ? 0x81EDu : 0x81A4u, contents);

    public CpioArchive SymbolicLink(string name, string target) => Add(name, 0xA1FF, Encoding.UTF8.GetBytes(target));

    public CpioArchive CharacterDevice(string name, uint major, uint minor) => Add(name, 0x2180, [], major, minor);

    public void WriteTo(string path)
    {
        using FileStream file = System.IO.File.Create(path);
        WriteTo(file);
    }

    /// <summary>Ends the archive and writes it. The kernel unpacks several archives in one file, one after the other.</summary>
    public void WriteTo(Stream stream)
    {
        Add("TRAILER!!!", 0, []);
        _bytes.WriteTo(stream);
    }

    private CpioArchive Add(string name, uint mode, ReadOnlySpan<byte> contents, uint major = 0, uint minor = 0)
    {
        uint[] fields = [(uint)_nextInode++, mode, 0, 0, 1, 0, (uint)contents.Length, 0, 0, major, minor, (uint)name.Length + 1, 0];
        _bytes.Write(Encoding.ASCII.GetBytes("070701" + string.Concat(fields.Select(f => f.ToString("X8", CultureInfo.InvariantCulture)))));
        _bytes.Write(Encoding.ASCII.GetBytes(name + "\0"));
        Pad();
        _bytes.Write(contents);
        Pad();
        return this;
    }

    private void Pad()
    {
        while (_bytes.Length % 4 != 0)
        {
            _bytes.WriteByte(0);
        }
    }
}
