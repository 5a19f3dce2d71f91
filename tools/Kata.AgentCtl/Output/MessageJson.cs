using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Kata.Protocols.Agent;

namespace Kata.AgentCtl.Output;

/// <summary>Prints messages.</summary>
internal static class MessageJson
{
    private static readonly JsonFormatter Formatter =
        new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithPreserveProtoFieldNames(true).WithIndentation());

    private static readonly JsonFormatter Given = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true).WithIndentation());

    /// <summary>A reply as one JSON document with a line break at its end; every field is there, bytes are in base64.</summary>
    public static string Reply(IMessage message) => Formatter.Format(message) + "\n";

    /// <summary>A request as one JSON document with a line break at its end; only fields that have a value are there.</summary>
    public static string Request(IMessage message) => Given.Format(message) + "\n";

    /// <summary>The bytes that a reply is about, as they are; null if it is not about bytes or text.</summary>
    public static ReadOnlyMemory<byte>? Payload(IMessage message) => message switch
    {
        ReadStreamResponse read => read.Data.Memory,
        GetIPTablesResponse tables => tables.Data.Memory,
        SetIPTablesResponse tables => tables.Data.Memory,
        Metrics metrics => Encoding.UTF8.GetBytes(metrics.Metrics_),
        GetDiagnosticDataResponse text => Encoding.UTF8.GetBytes(text.Data),
        Empty => ReadOnlyMemory<byte>.Empty,
        _ => (ReadOnlyMemory<byte>?)null, // a bare null would become empty bytes
    };
}
