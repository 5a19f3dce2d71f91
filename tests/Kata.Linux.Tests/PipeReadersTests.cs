namespace Kata.Linux.Tests;

public sealed class PipeReadersTests
{
    [Fact]
    public void Exist_ReadingEndClosed_IsFalse()
    {
        (Fd read, Fd write) = Fd.Pipe();
        using Fd end = write;
        bool before = PipeReaders.Exist(end);
        FdIo.WriteAll(end, "unread"u8);
        bool unread = PipeReaders.Exist(end);
        read.Dispose();

        Assert.True(before);
        Assert.True(unread);
        Assert.False(PipeReaders.Exist(end));
    }
}
