namespace Kata.Agent.Logging;

/// <summary>Where finished log records go.</summary>
internal interface IRecordSink
{
    /// <summary>Takes a record, which ends with a line feed. Must neither block for long nor throw.</summary>
    void Write(ReadOnlySpan<byte> record);
}
