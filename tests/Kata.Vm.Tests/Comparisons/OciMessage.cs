using System.Collections;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Kata.Vm.Tests.Comparisons;

/// <summary>Turns config.json into the agent's message by names, so that nothing is lost or changed on the way. A name that the message lacks is an error.</summary>
internal static class OciMessage
{
    public static T Read<T>(JsonNode json)
        where T : IMessage, new()
    {
        var message = new T();
        Fill(message, json.AsObject());
        return message;
    }

    private static void Fill(IMessage message, JsonObject json)
    {
        foreach ((string name, JsonNode? value) in json)
        {
            string wanted = name == "ociVersion" ? "Version" : name;
            FieldDescriptor field = message.Descriptor.Fields.InDeclarationOrder().SingleOrDefault(entry => entry.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase))
                ?? throw new ArgumentException($"{message.Descriptor.Name} has no field {name}");
            if (field.IsMap)
            {
                var map = (IDictionary)field.Accessor.GetValue(message);
                foreach ((string key, JsonNode? entry) in value!.AsObject())
                {
                    map.Add(key, Single(field.MessageType.Fields[2], entry!));
                }
            }
            else if (field.IsRepeated)
            {
                var list = (IList)field.Accessor.GetValue(message);
                foreach (JsonNode? entry in value!.AsArray())
                {
                    list.Add(Single(field, entry!));
                }
            }
            else
            {
                field.Accessor.SetValue(message, Single(field, value!));
            }
        }
    }

    private static object Single(FieldDescriptor field, JsonNode value)
    {
        switch (field.FieldType)
        {
            case FieldType.Message:
                IMessage message = field.MessageType.Parser.ParseFrom(ByteString.Empty);
                Fill(message, value.AsObject());
                return message;
            case FieldType.String:
                return (string)value!;
            case FieldType.Bool:
                return (bool)value;
            case FieldType.UInt32:
                return (uint)value;
            case FieldType.Int32:
                return (int)value;
            case FieldType.UInt64:
                return (ulong)value;
            case FieldType.Int64:
                return (long)value;
            default:
                throw new ArgumentException($"a field of type {field.FieldType}");
        }
    }
}
