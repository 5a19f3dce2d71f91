using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Types;
using Kata.Ttrpc;

namespace Kata.Agent.Serving;

/// <summary>Binds the agent's services without the generated <c>BindService</c>.</summary>
/// <remarks>
/// That one calls a virtual generic method for each method of the service, and Native AOT makes the types behind such a call when it runs: under
/// translation this was a third of the agent's start. Here every type is known to the compiler, and a method is bound when it is first called: making the
/// parsers of all messages costs a start too, and most guests need few of them.
/// </remarks>
internal static class AgentBinding
{
    private const string AgentName = "grpc.AgentService";
    private const string HealthName = "grpc.Health";

    /// <summary>Makes a server answer health checks.</summary>
    public static void Bind(TtrpcServer server, Health.HealthBase health) => server.BindOnDemand(HealthName, name => name switch
    {
        "Check" => Add(server, HealthName, name, CheckRequest.Parser, HealthCheckResponse.Parser, health.Check),
        "Version" => Add(server, HealthName, name, CheckRequest.Parser, VersionCheckResponse.Parser, health.Version),
        _ => false,
    });

    /// <summary>Makes a server answer for the agent.</summary>
    public static void Bind(TtrpcServer server, AgentService.AgentServiceBase agent) => server.BindOnDemand(AgentName, name => name switch
    {
        "CreateContainer" => Add(server, AgentName, name, CreateContainerRequest.Parser, Empty.Parser, agent.CreateContainer),
        "StartContainer" => Add(server, AgentName, name, StartContainerRequest.Parser, Empty.Parser, agent.StartContainer),
        "RemoveContainer" => Add(server, AgentName, name, RemoveContainerRequest.Parser, Empty.Parser, agent.RemoveContainer),
        "ExecProcess" => Add(server, AgentName, name, ExecProcessRequest.Parser, Empty.Parser, agent.ExecProcess),
        "SignalProcess" => Add(server, AgentName, name, SignalProcessRequest.Parser, Empty.Parser, agent.SignalProcess),
        "WaitProcess" => Add(server, AgentName, name, WaitProcessRequest.Parser, WaitProcessResponse.Parser, agent.WaitProcess),
        "UpdateContainer" => Add(server, AgentName, name, UpdateContainerRequest.Parser, Empty.Parser, agent.UpdateContainer),
        "UpdateEphemeralMounts" => Add(server, AgentName, name, UpdateEphemeralMountsRequest.Parser, Empty.Parser, agent.UpdateEphemeralMounts),
        "StatsContainer" => Add(server, AgentName, name, StatsContainerRequest.Parser, StatsContainerResponse.Parser, agent.StatsContainer),
        "PauseContainer" => Add(server, AgentName, name, PauseContainerRequest.Parser, Empty.Parser, agent.PauseContainer),
        "ResumeContainer" => Add(server, AgentName, name, ResumeContainerRequest.Parser, Empty.Parser, agent.ResumeContainer),
        "RemoveStaleVirtiofsShareMounts" => Add(server, AgentName, name, RemoveStaleVirtiofsShareMountsRequest.Parser, Empty.Parser, agent.RemoveStaleVirtiofsShareMounts),
        "WriteStdin" => Add(server, AgentName, name, WriteStreamRequest.Parser, WriteStreamResponse.Parser, agent.WriteStdin),
        "ReadStdout" => Add(server, AgentName, name, ReadStreamRequest.Parser, ReadStreamResponse.Parser, agent.ReadStdout),
        "ReadStderr" => Add(server, AgentName, name, ReadStreamRequest.Parser, ReadStreamResponse.Parser, agent.ReadStderr),
        "CloseStdin" => Add(server, AgentName, name, CloseStdinRequest.Parser, Empty.Parser, agent.CloseStdin),
        "TtyWinResize" => Add(server, AgentName, name, TtyWinResizeRequest.Parser, Empty.Parser, agent.TtyWinResize),
        "UpdateInterface" => Add(server, AgentName, name, UpdateInterfaceRequest.Parser, Interface.Parser, agent.UpdateInterface),
        "UpdateRoutes" => Add(server, AgentName, name, UpdateRoutesRequest.Parser, Routes.Parser, agent.UpdateRoutes),
        "ListInterfaces" => Add(server, AgentName, name, ListInterfacesRequest.Parser, Interfaces.Parser, agent.ListInterfaces),
        "ListRoutes" => Add(server, AgentName, name, ListRoutesRequest.Parser, Routes.Parser, agent.ListRoutes),
        "AddARPNeighbors" => Add(server, AgentName, name, AddARPNeighborsRequest.Parser, Empty.Parser, agent.AddARPNeighbors),
        "GetIPTables" => Add(server, AgentName, name, GetIPTablesRequest.Parser, GetIPTablesResponse.Parser, agent.GetIPTables),
        "SetIPTables" => Add(server, AgentName, name, SetIPTablesRequest.Parser, SetIPTablesResponse.Parser, agent.SetIPTables),
        "GetMetrics" => Add(server, AgentName, name, GetMetricsRequest.Parser, Protocols.Agent.Metrics.Parser, agent.GetMetrics),
        "GetOOMEvent" => Add(server, AgentName, name, GetOOMEventRequest.Parser, OOMEvent.Parser, agent.GetOOMEvent),
        "GetDiagnosticData" => Add(server, AgentName, name, GetDiagnosticDataRequest.Parser, GetDiagnosticDataResponse.Parser, agent.GetDiagnosticData),
        "GetGuestDetails" => Add(server, AgentName, name, GuestDetailsRequest.Parser, GuestDetailsResponse.Parser, agent.GetGuestDetails),
        "GetVolumeStats" => Add(server, AgentName, name, VolumeStatsRequest.Parser, VolumeStatsResponse.Parser, agent.GetVolumeStats),
        "CreateSandbox" => Add(server, AgentName, name, CreateSandboxRequest.Parser, Empty.Parser, agent.CreateSandbox),
        "DestroySandbox" => Add(server, AgentName, name, DestroySandboxRequest.Parser, Empty.Parser, agent.DestroySandbox),
        "OnlineCPUMem" => Add(server, AgentName, name, OnlineCPUMemRequest.Parser, Empty.Parser, agent.OnlineCPUMem),
        "MemHotplugByProbe" => Add(server, AgentName, name, MemHotplugByProbeRequest.Parser, Empty.Parser, agent.MemHotplugByProbe),
        "ReseedRandomDev" => Add(server, AgentName, name, ReseedRandomDevRequest.Parser, Empty.Parser, agent.ReseedRandomDev),
        "SetGuestDateTime" => Add(server, AgentName, name, SetGuestDateTimeRequest.Parser, Empty.Parser, agent.SetGuestDateTime),
        "CopyFile" => Add(server, AgentName, name, CopyFileRequest.Parser, Empty.Parser, agent.CopyFile),
        "AddSwap" => Add(server, AgentName, name, AddSwapRequest.Parser, Empty.Parser, agent.AddSwap),
        "AddSwapPath" => Add(server, AgentName, name, AddSwapPathRequest.Parser, Empty.Parser, agent.AddSwapPath),
        "ResizeVolume" => Add(server, AgentName, name, ResizeVolumeRequest.Parser, Empty.Parser, agent.ResizeVolume),
        "SetPolicy" => Add(server, AgentName, name, SetPolicyRequest.Parser, Empty.Parser, agent.SetPolicy),
        "MemAgentMemcgSet" => Add(server, AgentName, name, MemAgentMemcgConfig.Parser, Empty.Parser, agent.MemAgentMemcgSet),
        "MemAgentCompactSet" => Add(server, AgentName, name, MemAgentCompactConfig.Parser, Empty.Parser, agent.MemAgentCompactSet),
        "StartTracing" => Add(server, AgentName, name, StartTracingRequest.Parser, Empty.Parser, agent.StartTracing),
        "StopTracing" => Add(server, AgentName, name, StopTracingRequest.Parser, Empty.Parser, agent.StopTracing),
        _ => false,
    });

    private static bool Add<TRequest, TResponse>(
        TtrpcServer server,
        string service,
        string name,
        MessageParser<TRequest> request,
        MessageParser<TResponse> response,
        UnaryServerMethod<TRequest, TResponse> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        server.AddUnary(new Method<TRequest, TResponse>(MethodType.Unary, service, name, Marshal(request), Marshal(response)), handler);
        return true;
    }

    private static Marshaller<T> Marshal<T>(MessageParser<T> parser)
        where T : class, IMessage<T> => new(Write, context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));

    private static void Write<T>(T message, SerializationContext context)
        where T : class, IMessage<T>
    {
        context.SetPayloadLength(message.CalculateSize());
        message.WriteTo(context.GetBufferWriter());
        context.Complete();
    }
}
