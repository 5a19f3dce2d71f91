using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kata.Primitives;

namespace Kata.AgentCtl.Requests;

/// <summary>Sets a field from the text of a <c>name=value</c> word.</summary>
internal static class FieldText
{
    private const string Base64 = "base64:";

    /// <summary>Sets it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="field">One of its fields.</param>
    /// <param name="value">
    /// Scalars as they are; <c>file://PATH</c> for text and bytes from a file; <c>base64:…</c> for bytes; lists of scalars with commas between them;
    /// everything else, lists too, as JSON.
    /// </param>
    /// <exception cref="KataException">InvalidArgument: the text does not fit. NotFound, PermissionDenied: the file cannot be read.</exception>
    public static void Set(IMessage message, FieldDescriptor field, string value)
    {
        bool scalars = field.FieldType != FieldType.Message;
        if (field.IsMap || !scalars || (field.IsRepeated && value is ['[', ..]))
        {
            InputText.Document(value, "JSON").SetField(message, field);
        }
        else if (field.IsRepeated)
        {
            var list = (IList)field.Accessor.GetValue(message);
            list.Clear();
            foreach (string part in field.Name is "Args" ? WordSplitter.Split(value) : value.Split(','))
            {
                list.Add(Scalar(field, part));
            }
        }
        else
        {
            field.Accessor.SetValue(message, Scalar(field, value));
        }
    }

    private static object Scalar(FieldDescriptor field, string text)
    {
        if (field.FieldType == FieldType.Bytes)
        {
            return InputText.FilePath(text) is { } path ? UnsafeByteOperations.UnsafeWrap(InputText.ReadFile(path))
                : !text.StartsWith(Base64, StringComparison.Ordinal) ? ByteString.CopyFromUtf8(text)
                : ScalarText.TryBase64(text[Base64.Length..]) ?? throw KataException.Invalid("what follows base64: is no base64");
        }

        if (field.FieldType == FieldType.String && InputText.FilePath(text) is { } file)
        {
            return System.Text.Encoding.UTF8.GetString(InputText.ReadFile(file));
        }

        return ScalarText.TryParse(field, text)
            ?? throw KataException.Invalid($"expected {ScalarText.Expected(field)}, found {Printable.Escape(text, maxLength: 64)}");
    }
}
