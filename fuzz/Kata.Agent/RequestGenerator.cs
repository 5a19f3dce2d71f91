using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;

namespace Kata.Agent.Fuzz;

/// <summary>Makes calls from the protocol's descriptors: valid ones with a few fields changed, and wholly random ones. The same seed makes the same calls.</summary>
/// <param name="random">Where choices come from.</param>
/// <param name="newSpec">A valid spec for a container of a name.</param>
public sealed class RequestGenerator(Random random, Func<string, Spec> newSpec)
{
    private const int MaxDepth = 5;

    /// <summary>
    /// Calls that are not made at random, and why: these do to the machine what they are told as soon as a request is valid, and an agent without a VM shares
    /// its machine. What they must refuse is in the corpus. DestroySandbox ends the agent: it is called at the end.
    /// </summary>
    private static readonly string[] Excluded = ["SetGuestDateTime", "ReseedRandomDev", "AddSwap", "AddSwapPath", "MemHotplugByProbe", "OnlineCPUMem", "DestroySandbox"];

    // Listed more often than others: what makes the state that the others are about.
    private static readonly string[] Frequent = ["CreateContainer", "CreateContainer", "CreateContainer", "StartContainer", "StartContainer", "RemoveContainer", "RemoveContainer", "ExecProcess", "ExecProcess", "SignalProcess"];

    private static readonly MethodDescriptor[] Methods = Weighted();

    /// <summary>The next call.</summary>
    public AgentRequest Next()
    {
        MethodDescriptor method = Methods[random.Next(Methods.Length)];
        IMessage request = random.Next(8) == 0 ? Random(method.InputType, depth: 0) : Valid(method);

        // Half of them stay as they are, or most containers would not come to be and few calls would have something to be about.
        for (int changes = random.Next(6) switch { < 3 => 0, 3 => 1, 4 => 2, _ => random.Next(8) }; changes > 0; changes--)
        {
            Change(request, depth: 0);
        }

        return new AgentRequest(method.Name, request);
    }

    private static MethodDescriptor[] Weighted()
    {
        MethodDescriptor[] all = [.. AgentReflection.Descriptor.Services.SelectMany(service => service.Methods).Where(method => !Excluded.Contains(method.Name))];
        return [.. all, .. Frequent.SelectMany(name => Enumerable.Repeat(all.Single(method => method.Name == name), 3))];
    }

    private IMessage Valid(MethodDescriptor method)
    {
        string id = $"c{random.Next(5)}";
        IMessage request = New(method.InputType);
        switch (request)
        {
            case CreateContainerRequest create:
                create.ContainerId = id;
                create.ExecId = id;
                create.OCI = newSpec(id);
                create.OCI.Process.Args.Clear();
                create.OCI.Process.Args.Add(HostileValues.Program(random));
                AddStorages(create);
                break;
            case ExecProcessRequest exec:
                exec.ContainerId = id;
                exec.ExecId = $"e{random.Next(4)}";
                exec.Process = newSpec(id).Process;
                exec.Process.Args.Clear();
                exec.Process.Args.Add(HostileValues.Program(random));
                break;
            default:
                foreach (FieldDescriptor field in method.InputType.Fields.InDeclarationOrder())
                {
                    if (field.FieldType == FieldType.String && !field.IsRepeated)
                    {
                        field.Accessor.SetValue(request, field.Name switch { "container_id" => id, "exec_id" => random.Next(2) == 0 ? id : $"e{random.Next(4)}", _ => HostileValues.Scalar(random, field) });
                    }
                    else
                    {
                        SetRandom(request, field, depth: 0);
                    }
                }

                break;
        }

        return request;
    }

    private void AddStorages(CreateContainerRequest create)
    {
        if (random.Next(3) > 0)
        {
            return;
        }

        string place = $"/run/kata-containers/sandbox/storage/v{random.Next(3)}";
        string driver = random.Next(4) switch { 0 => "ephemeral", 1 => "local", 2 => "bind", _ => "watchable-bind" };
        create.Storages.Add(new Protocols.Agent.Storage { Driver = driver, Source = "/test/rootfs/etc", Fstype = driver == "ephemeral" ? "tmpfs" : "bind", MountPoint = place });
        if (random.Next(2) == 0)
        {
            create.OCI.Mounts.Add(new Mount { Destination = "/volume", Source = place, Type = "bind", Options = { "rbind" } });
        }
    }

    private IMessage Random(MessageDescriptor type, int depth)
    {
        IMessage message = New(type);
        foreach (FieldDescriptor field in type.Fields.InDeclarationOrder().Where(_ => random.Next(5) < 2))
        {
            SetRandom(message, field, depth);
        }

        return message;
    }

    private void SetRandom(IMessage message, FieldDescriptor field, int depth)
    {
        if (field.IsMap)
        {
            FieldDescriptor value = field.MessageType.FindFieldByNumber(2);
            ((IDictionary)field.Accessor.GetValue(message))[HostileValues.Key(random, field)] = Value(value, depth);
        }
        else if (field.IsRepeated)
        {
            Fill((IList)field.Accessor.GetValue(message), field, depth);
        }
        else if (field.FieldType != FieldType.Message || depth < MaxDepth)
        {
            field.Accessor.SetValue(message, Value(field, depth));
        }
    }

    private void Fill(IList list, FieldDescriptor field, int depth)
    {
        list.Clear();
        if (field is { Name: "Args", FieldType: FieldType.String })
        {
            Array.ForEach(HostileValues.Program(random), argument => list.Add(argument));
            return;
        }

        if (field.FieldType == FieldType.Message && depth >= MaxDepth)
        {
            return;
        }

        int count = random.Next(40) switch { 0 => 300, 1 => 5000, _ => random.Next(4) };
        object? same = count >= 300 ? Value(field, depth) : null; // huge lists of large things would only fill the message
        for (int i = 0; i < count && (same is null || list.Count * 8L < 1 << 20); i++)
        {
            list.Add(same is string { Length: > 100 } ? "x" : same ?? Value(field, depth));
        }
    }

    private object Value(FieldDescriptor field, int depth) => field.FieldType == FieldType.Message ? Random(field.MessageType, depth + 1) : HostileValues.Scalar(random, field);

    /// <summary>Changes one thing, most likely deep inside.</summary>
    private void Change(IMessage message, int depth)
    {
        IList<FieldDescriptor> fields = message.Descriptor.Fields.InDeclarationOrder();
        if (fields.Count == 0)
        {
            return;
        }

        FieldDescriptor field = fields[random.Next(fields.Count)];
        if (field is { IsRepeated: true, IsMap: false } && field.Accessor.GetValue(message) is IList { Count: > 0 } list)
        {
            ChangeList(list, field, depth);
        }
        else if (field is { IsRepeated: false, FieldType: FieldType.Message } && field.Accessor.GetValue(message) is IMessage inner && random.Next(8) > 0)
        {
            Change(inner, depth + 1);
        }
        else if (random.Next(6) == 0 && !field.IsRepeated)
        {
            field.Accessor.Clear(message);
        }
        else
        {
            SetRandom(message, field, depth);
        }
    }

    private void ChangeList(IList list, FieldDescriptor field, int depth)
    {
        int at = random.Next(list.Count);
        switch (random.Next(4))
        {
            case 0:
                list.RemoveAt(at);
                break;
            case 1:
                list.Add(list[at]);
                break;
            case 2 when list[at] is IMessage inner:
                Change(inner, depth + 1);
                break;
            case 3 when field is not { Name: "Args", FieldType: FieldType.String }:
                list[at] = Value(field, depth);
                break;
            default:
                Fill(list, field, depth);
                break;
        }
    }

    private static IMessage New(MessageDescriptor type) => type.Parser.ParseFrom(ByteString.Empty);
}
