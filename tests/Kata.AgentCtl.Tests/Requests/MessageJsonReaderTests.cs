using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kata.AgentCtl.Output;
using Kata.AgentCtl.Requests;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Types;

namespace Kata.AgentCtl.Tests.Requests;

public sealed class MessageJsonReaderTests
{
    [Fact]
    public void Merge_EveryKindOfField_IsRead()
    {
        var request = new CreateContainerRequest();

        Read(request, """
            {
              // comments help in files kept for tests
              "containerId": "c1", "sandbox_pidns": true, "stdin_port": 7,
              "devices": [{"id": "d", "options": ["a", "b"]}, {}],
              "OCI": {
                "Process": {"Args": ["sh"], "OOMScoreAdj": -5, "Rlimits": [{"Type": "RLIMIT_NOFILE", "Hard": "18446744073709551615", "Soft": 0}]},
                "Annotations": {"a": "b"}, "Linux": null
              }
            }
            """);

        Assert.Equal("c1", request.ContainerId);
        Assert.True(request.SandboxPidns);
        Assert.Equal(7u, request.StdinPort);
        Assert.Equal(["a", "b"], request.Devices[0].Options);
        Assert.Equal(2, request.Devices.Count);
        Assert.Equal(-5, request.OCI.Process.OOMScoreAdj);
        Assert.Equal(ulong.MaxValue, request.OCI.Process.Rlimits[0].Hard);
        Assert.Equal("b", request.OCI.Annotations["a"]);
        Assert.Null(request.OCI.Linux);
    }

    [Fact]
    public void Merge_BytesEnumsAndOptionals_AreRead()
    {
        var write = new WriteStreamRequest();
        var address = new IPAddress();
        var settings = new MemAgentMemcgConfig();

        Read(write, """{"data": "aGk="}""");
        Read(address, """{"family": "v6"}""");
        Read(settings, """{"disabled": false, "swappiness_max": 3}""");

        Assert.Equal("hi", write.Data.ToStringUtf8());
        Assert.Equal(IPFamily.V6, address.Family);
        Assert.True(settings.HasDisabled);
        Assert.Equal(3u, settings.SwappinessMax);
        Assert.False(settings.HasSwap);
    }

    [Theory]
    [InlineData("{\n  \"container_id\": 5\n}", "t: line 2, column 19: container_id: expected text, found a number")]
    [InlineData("{\"OCI\": {\"Proces\": {}}}", "t: line 1, column 10: OCI: Spec has no field Proces; did you mean Process?")]
    [InlineData("{\"OCI\": {\n\"Process\": {\"Args\": [\"a\", {}]}}}", "t: line 2, column 27: OCI.Process.Args[1]: expected text, found an object")]
    [InlineData("{\"stdin_port\": -1}", "t: line 1, column 16: stdin_port: expected a number from 0 to 4294967295, found -1")]
    [InlineData("{\"storages\": {}}", "t: line 1, column 14: storages: expected a list, found an object")]
    [InlineData("{\"container_id\": \"a\", \"containerId\": \"b\"}", "t: line 1, column 23: containerId: the field is there twice")]
    [InlineData("[]", "t: line 1, column 1: expected an object of type CreateContainerRequest, found a list")]
    [InlineData("{} {}", "t: line 1, column 4: ")]
    [InlineData("", "t: line 1, column 1: ")]
    [InlineData("{\n \"a", "t: line 2, column ")]
    [InlineData("{\"OCI\": {\"é\": 1}}", "t: line 1, column 10: OCI: Spec has no field é; it has Version, ")]
    public void Merge_Wrong_SaysWhatAndWhere(string json, string expected)
    {
        KataException error = Assert.Throws<KataException>(() => Read(new CreateContainerRequest(), json));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merge_NestedTooDeep_IsRefused() =>
        Assert.Throws<KataException>(() => Read(new CreateContainerRequest(), string.Concat(Enumerable.Repeat("{\"OCI\":", 1000))));

    /// <summary>What is printed can be given back, for every message there is.</summary>
    [Fact]
    public void Merge_PrintedMessages_AreTheSameAgain()
    {
        foreach (MessageDescriptor type in AgentReflection.Descriptor.MessageTypes)
        {
            IMessage message = Filled(type, depth: 4);
            IMessage again = MessageFields.New(type);

            Read(again, MessageJson.Reply(message));

            Assert.Equal(message, again);
        }
    }

    private static void Read(IMessage message, string json) => new MessageJsonReader("t", Encoding.UTF8.GetBytes(json)).Merge(message);

    private static IMessage Filled(MessageDescriptor type, int depth)
    {
        IMessage message = MessageFields.New(type);
        foreach (FieldDescriptor field in type.Fields.InDeclarationOrder().Where(field => depth > 0 || field.FieldType != FieldType.Message))
        {
            if (field.IsMap)
            {
                ((System.Collections.IDictionary)field.Accessor.GetValue(message))["k"] = Value(field.MessageType.FindFieldByNumber(2), depth);
            }
            else if (field.IsRepeated)
            {
                ((System.Collections.IList)field.Accessor.GetValue(message)).Add(Value(field, depth));
            }
            else
            {
                field.Accessor.SetValue(message, Value(field, depth));
            }
        }

        return message;
    }

    private static object Value(FieldDescriptor field, int depth) => field.FieldType switch
    {
        FieldType.Message => Filled(field.MessageType, depth - 1),
        FieldType.Bytes => ByteString.CopyFrom(1, 2, 255),
        FieldType.String => "text \"ü\"",
        FieldType.Bool => true,
        _ => ScalarText.TryParse(field, "1")!,
    };
}
