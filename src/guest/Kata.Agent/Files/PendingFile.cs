using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Files;

/// <summary>A file of which not all has arrived: a temporary one next to where it belongs. Disposing it removes that. Not safe for concurrent use.</summary>
internal sealed class PendingFile : IDisposable
{
    private readonly Fd _parent;
    private readonly Fd _file;
    private readonly string _temporary;
    private readonly string _name;
    private readonly ByteRanges _arrived = new();
    private bool _settled;

    private PendingFile(CopyRequest first, Fd parent, Fd file, string name, string temporary)
    {
        First = first with { Data = default };
        _parent = parent;
        _file = file;
        _name = name;
        _temporary = temporary;
    }

    /// <summary>The request that began it, without its data.</summary>
    public CopyRequest First { get; }

    /// <summary>When something last arrived; a time stamp of the clock.</summary>
    public long LastTouched { get; set; }

    /// <summary>Begins a file.</summary>
    /// <param name="request">Its first chunk, which is not written yet.</param>
    /// <param name="parent">The directory it belongs to; owned by the result.</param>
    /// <param name="name">Its name there.</param>
    /// <exception cref="KataException">ResourceExhausted: the file system has no room for it.</exception>
    public static PendingFile Begin(CopyRequest request, Fd parent, string name)
    {
        ulong free = FileSystemSpace.Of(parent).FreeBytes;
        if ((ulong)request.Size > free)
        {
            throw new KataException(
                ErrorCode.ResourceExhausted, $"{Printable.Escape(request.Path, 256)} has {request.Size} bytes and the guest's file system {free} left");
        }

        const OpenFlags Flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive;
        string temporary = TemporaryName();
        return new PendingFile(request, parent, FileAt.Open(parent, temporary, Flags, mode: 0x180), name, temporary);
    }

    /// <summary>A name that no other file has.</summary>
    public static string TemporaryName() => $".kata-copy-{Guid.NewGuid():N}";

    /// <summary>Whether a chunk belongs to this file and not to a newer one: the same description, and not once more from the start.</summary>
    public bool Continues(CopyRequest request) =>
        request with { Data = default, Offset = First.Offset } == First && !(request.Offset == 0 && _arrived.HasStart);

    /// <summary>Writes a chunk.</summary>
    /// <returns>Whether the file is complete now.</returns>
    /// <exception cref="LinuxException">As pwrite(2).</exception>
    public bool Write(CopyRequest request)
    {
        if (!_arrived.Add(request.Offset, request.Data.Length))
        {
            throw new KataException(
                ErrorCode.ResourceExhausted, $"{Printable.Escape(request.Path, 256)} comes in more than {ByteRanges.MaxPieces} pieces with gaps between them");
        }

        FdIo.WriteAllAt(_file, request.Data.Span, request.Offset);
        return _arrived.Cover(First.Size);
    }

    /// <summary>Gives the complete file its owner, mode and name, in place of what has the name now.</summary>
    public void Settle()
    {
        FileAt.ChangeOwner(_file, First.User, First.Group);
        FileAt.ChangeMode(_file, First.Mode); // after the owner, whose change takes set-id bits off
        EntryReplacement.Replace(_parent, _temporary, _name);
        _settled = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        try
        {
            if (!_settled)
            {
                FileAt.RemoveFile(_parent, _temporary);
            }
        }
        finally
        {
            _parent.Dispose();
        }
    }
}
