using System.Text;
using Google.Protobuf.Reflection;

namespace Kata.Protocols.Tests;

/// <summary>Writes compiled descriptors as text: one line per method, field and enum value, with everything that is on the wire.</summary>
internal static class DescriptorListing
{
    public static string Describe(IEnumerable<FileDescriptor> files)
    {
        var lines = new StringBuilder();
        foreach (FileDescriptor file in files.OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            foreach (ServiceDescriptor service in file.Services.OrderBy(s => s.FullName, StringComparer.Ordinal))
            {
                AppendService(lines, service);
            }

            AppendEnums(lines, file.EnumTypes);
            AppendMessages(lines, file.MessageTypes);
        }

        return lines.ToString();
    }

    private static void AppendService(StringBuilder lines, ServiceDescriptor service)
    {
        lines.Append("service ").Append(service.FullName).Append('\n');
        foreach (MethodDescriptor method in service.Methods.OrderBy(m => m.Name, StringComparer.Ordinal))
        {
            lines.Append("  ").Append(method.Name)
                .Append(method.IsClientStreaming ? " stream " : " ").Append(method.InputType.FullName)
                .Append(method.IsServerStreaming ? " -> stream " : " -> ").Append(method.OutputType.FullName).Append('\n');
        }
    }

    private static void AppendMessages(StringBuilder lines, IEnumerable<MessageDescriptor> messages)
    {
        // Map entries are messages too, but the field that uses one says all there is to say.
        foreach (MessageDescriptor message in messages.Where(m => !m.IsMapEntry).OrderBy(m => m.FullName, StringComparer.Ordinal))
        {
            lines.Append("message ").Append(message.FullName).Append('\n');
            foreach (FieldDescriptor field in message.Fields.InFieldNumberOrder())
            {
                lines.Append("  ").Append(field.FieldNumber).Append(' ').Append(field.Name).Append(' ').Append(TypeOf(field)).Append('\n');
            }

            AppendEnums(lines, message.EnumTypes);
            AppendMessages(lines, message.NestedTypes);
        }
    }

    private static void AppendEnums(StringBuilder lines, IEnumerable<EnumDescriptor> enums)
    {
        foreach (EnumDescriptor type in enums.OrderBy(e => e.FullName, StringComparer.Ordinal))
        {
            lines.Append("enum ").Append(type.FullName).Append('\n');
            foreach (EnumValueDescriptor value in type.Values)
            {
                lines.Append("  ").Append(value.Number).Append(' ').Append(value.Name).Append('\n');
            }
        }
    }

    private static string TypeOf(FieldDescriptor field)
    {
        if (field.IsMap)
        {
            MessageDescriptor entry = field.MessageType;
            return $"map<{TypeOf(entry.FindFieldByNumber(1))},{TypeOf(entry.FindFieldByNumber(2))}>";
        }

        string type = field.FieldType switch
        {
            FieldType.Message => field.MessageType.FullName,
            FieldType.Enum => field.EnumType.FullName,
            FieldType scalar => scalar.ToString().ToLowerInvariant(),
        };
        string presence = field.IsRepeated ? "repeated " : field.FieldType != FieldType.Message && field.HasPresence ? "optional " : "";
        return presence + type;
    }
}
