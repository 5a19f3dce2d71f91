using Google.Protobuf;

namespace Kata.Agent.Fuzz;

/// <summary>One call of the agent.</summary>
/// <param name="Method">The call's name.</param>
/// <param name="Request">Its request.</param>
public sealed record AgentRequest(string Method, IMessage Request)
{
    /// <summary>The call as a line of kata-agent-ctl, for the corpus; long ones are cut.</summary>
    public override string ToString()
    {
        string text = $"{Method} {new JsonFormatter(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true)).Format(Request)}";
        return text.Length <= 6000 ? text : text[..6000] + "…";
    }
}
