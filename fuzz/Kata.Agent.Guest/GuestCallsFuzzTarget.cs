using System.Text;
using Google.Protobuf;
using Kata.Agent.Boot;
using Kata.Agent.Files;
using Kata.Agent.Guest;
using Kata.Agent.Network;
using Kata.Linux.Netlink;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.Agent.Fuzz;

/// <summary>Any bytes as a settings file and as each request about network, files and the sandbox: they are read, or refused with InvalidArgument or NotFound.</summary>
public static class GuestCallsFuzzTarget
{
    private static readonly NetworkLink[] Links = [new() { Index = 1, Name = "lo" }, new() { Index = 2, Name = "eth0" }];

    /// <summary>Runs once.</summary>
    /// <param name="data">Any bytes.</param>
    public static void Run(ReadOnlySpan<byte> data)
    {
        byte[] copy = data.ToArray();
        Try(() => AgentOptionsReader.FromText(Encoding.UTF8.GetString(copy), new AgentOptions(), []));
        Try(() => InterfaceWish.Parse(UpdateInterfaceRequest.Parser.ParseFrom(copy).Interface));
        Try(() => RouteReader.Parse(UpdateRoutesRequest.Parser.ParseFrom(copy).Routes?.Routes_, Links));
        Try(() => NeighborUpdate.Parse(AddARPNeighborsRequest.Parser.ParseFrom(copy).Neighbors?.ARPNeighbors_, Links));
        Try(() => CopyRequest.Parse(CopyFileRequest.Parser.ParseFrom(copy)));
        Try(() => KernelModules.Validate(CreateSandboxRequest.Parser.ParseFrom(copy).KernelModules));
    }

    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (KataException error) when (error.Code is ErrorCode.InvalidArgument or ErrorCode.NotFound)
        {
            // Refused.
        }
        catch (InvalidProtocolBufferException)
        {
            // No such message, which the server answers itself.
        }
    }
}
