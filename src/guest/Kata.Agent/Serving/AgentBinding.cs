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
/// translation this was a third of the agent's start. Here every type is known to the compiler.
/// </remarks>
internal static class AgentBinding
{
    private const string AgentName = "grpc.AgentService";
    private const string HealthName = "grpc.Health";

    /// <summary>Makes a server answer health checks.</summary>
    public static void Bind(TtrpcServer server, Health.HealthBase health)
    {
        Add(server, HealthName, "Check", CheckRequest.Parser, HealthCheckResponse.Parser, health.Check);
        Add(server, HealthName, "Version", CheckRequest.Parser, VersionCheckResponse.Parser, health.Version);
    }

    /// <summary>Makes a server answer for the agent.</summary>
    public static void Bind(TtrpcServer server, AgentService.AgentServiceBase agent)
    {
        Add(server, AgentName, "CreateContainer", CreateContainerRequest.Parser, Empty.Parser, agent.CreateContainer);
        Add(server, AgentName, "StartContainer", StartContainerRequest.Parser, Empty.Parser, agent.StartContainer);
        Add(server, AgentName, "RemoveContainer", RemoveContainerRequest.Parser, Empty.Parser, agent.RemoveContainer);
        Add(server, AgentName, "ExecProcess", ExecProcessRequest.Parser, Empty.Parser, agent.ExecProcess);
        Add(server, AgentName, "SignalProcess", SignalProcessRequest.Parser, Empty.Parser, agent.SignalProcess);
        Add(server, AgentName, "WaitProcess", WaitProcessRequest.Parser, WaitProcessResponse.Parser, agent.WaitProcess);
        Add(server, AgentName, "UpdateContainer", UpdateContainerRequest.Parser, Empty.Parser, agent.UpdateContainer);
        Add(server, AgentName, "UpdateEphemeralMounts", UpdateEphemeralMountsRequest.Parser, Empty.Parser, agent.UpdateEphemeralMounts);
        Add(server, AgentName, "StatsContainer", StatsContainerRequest.Parser, StatsContainerResponse.Parser, agent.StatsContainer);
        Add(server, AgentName, "PauseContainer", PauseContainerRequest.Parser, Empty.Parser, agent.PauseContainer);
        Add(server, AgentName, "ResumeContainer", ResumeContainerRequest.Parser, Empty.Parser, agent.ResumeContainer);
        Add(server, AgentName, "RemoveStaleVirtiofsShareMounts", RemoveStaleVirtiofsShareMountsRequest.Parser, Empty.Parser, agent.RemoveStaleVirtiofsShareMounts);
        Add(server, AgentName, "WriteStdin", WriteStreamRequest.Parser, WriteStreamResponse.Parser, agent.WriteStdin);
        Add(server, AgentName, "ReadStdout", ReadStreamRequest.Parser, ReadStreamResponse.Parser, agent.ReadStdout);
        Add(server, AgentName, "ReadStderr", ReadStreamRequest.Parser, ReadStreamResponse.Parser, agent.ReadStderr);
        Add(server, AgentName, "CloseStdin", CloseStdinRequest.Parser, Empty.Parser, agent.CloseStdin);
        Add(server, AgentName, "TtyWinResize", TtyWinResizeRequest.Parser, Empty.Parser, agent.TtyWinResize);
        Add(server, AgentName, "UpdateInterface", UpdateInterfaceRequest.Parser, Interface.Parser, agent.UpdateInterface);
        Add(server, AgentName, "UpdateRoutes", UpdateRoutesRequest.Parser, Routes.Parser, agent.UpdateRoutes);
        Add(server, AgentName, "ListInterfaces", ListInterfacesRequest.Parser, Interfaces.Parser, agent.ListInterfaces);
        Add(server, AgentName, "ListRoutes", ListRoutesRequest.Parser, Routes.Parser, agent.ListRoutes);
        Add(server, AgentName, "AddARPNeighbors", AddARPNeighborsRequest.Parser, Empty.Parser, agent.AddARPNeighbors);
        Add(server, AgentName, "GetIPTables", GetIPTablesRequest.Parser, GetIPTablesResponse.Parser, agent.GetIPTables);
        Add(server, AgentName, "SetIPTables", SetIPTablesRequest.Parser, SetIPTablesResponse.Parser, agent.SetIPTables);
        Add(server, AgentName, "GetMetrics", GetMetricsRequest.Parser, Protocols.Agent.Metrics.Parser, agent.GetMetrics);
        Add(server, AgentName, "GetOOMEvent", GetOOMEventRequest.Parser, OOMEvent.Parser, agent.GetOOMEvent);
        Add(server, AgentName, "GetDiagnosticData", GetDiagnosticDataRequest.Parser, GetDiagnosticDataResponse.Parser, agent.GetDiagnosticData);
        Add(server, AgentName, "GetGuestDetails", GuestDetailsRequest.Parser, GuestDetailsResponse.Parser, agent.GetGuestDetails);
        Add(server, AgentName, "GetVolumeStats", VolumeStatsRequest.Parser, VolumeStatsResponse.Parser, agent.GetVolumeStats);
        Add(server, AgentName, "CreateSandbox", CreateSandboxRequest.Parser, Empty.Parser, agent.CreateSandbox);
        Add(server, AgentName, "DestroySandbox", DestroySandboxRequest.Parser, Empty.Parser, agent.DestroySandbox);
        Add(server, AgentName, "OnlineCPUMem", OnlineCPUMemRequest.Parser, Empty.Parser, agent.OnlineCPUMem);
        Add(server, AgentName, "MemHotplugByProbe", MemHotplugByProbeRequest.Parser, Empty.Parser, agent.MemHotplugByProbe);
        Add(server, AgentName, "ReseedRandomDev", ReseedRandomDevRequest.Parser, Empty.Parser, agent.ReseedRandomDev);
        Add(server, AgentName, "SetGuestDateTime", SetGuestDateTimeRequest.Parser, Empty.Parser, agent.SetGuestDateTime);
        Add(server, AgentName, "CopyFile", CopyFileRequest.Parser, Empty.Parser, agent.CopyFile);
        Add(server, AgentName, "AddSwap", AddSwapRequest.Parser, Empty.Parser, agent.AddSwap);
        Add(server, AgentName, "AddSwapPath", AddSwapPathRequest.Parser, Empty.Parser, agent.AddSwapPath);
        Add(server, AgentName, "ResizeVolume", ResizeVolumeRequest.Parser, Empty.Parser, agent.ResizeVolume);
        Add(server, AgentName, "SetPolicy", SetPolicyRequest.Parser, Empty.Parser, agent.SetPolicy);
        Add(server, AgentName, "MemAgentMemcgSet", MemAgentMemcgConfig.Parser, Empty.Parser, agent.MemAgentMemcgSet);
        Add(server, AgentName, "MemAgentCompactSet", MemAgentCompactConfig.Parser, Empty.Parser, agent.MemAgentCompactSet);
        Add(server, AgentName, "StartTracing", StartTracingRequest.Parser, Empty.Parser, agent.StartTracing);
        Add(server, AgentName, "StopTracing", StopTracingRequest.Parser, Empty.Parser, agent.StopTracing);
    }

    private static void Add<TRequest, TResponse>(
        TtrpcServer server,
        string service,
        string name,
        MessageParser<TRequest> request,
        MessageParser<TResponse> response,
        UnaryServerMethod<TRequest, TResponse> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        server.AddUnary(new Method<TRequest, TResponse>(MethodType.Unary, service, name, Marshal(request), Marshal(response)), handler);

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
