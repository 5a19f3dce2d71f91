namespace Kata.Ttrpc.Wire;

/// <summary>Callers' or handlers' code that a frame has made ready to run.</summary>
internal interface IFrameWork : IThreadPoolWorkItem
{
    /// <summary>Runs it on the thread that is there. <see cref="IThreadPoolWorkItem.Execute"/> is for work that <see cref="FrameSender.Queue"/> has counted.</summary>
    void Run();
}
