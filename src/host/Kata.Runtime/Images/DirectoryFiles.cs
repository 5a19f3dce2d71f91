using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>An image layout that is a directory. Links in it end inside it.</summary>
internal sealed class DirectoryFiles(string path) : IImageFiles
{
    private readonly ConfinedDirectory _directory = ConfinedDirectory.Open(path);

    public string Name => path;

    public Stream? TryOpen(string path)
    {
        // Non-blocking: a FIFO in the place of a blob must not hang us.
        using Fd? file = _directory.TryOpen("/" + path, OpenFlags.ReadOnly | OpenFlags.NonBlocking);
        if (file is null)
        {
            return null;
        }

        return FileAt.Status(file).Kind == FileKind.Regular
            ? File.OpenRead(file.ProcPath)
            : throw KataException.Invalid($"{Name}: {Printable.Escape(path, maxLength: 256)} is not a regular file");
    }

    public void Dispose() => _directory.Dispose();
}
