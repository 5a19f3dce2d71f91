using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Kata.Agent.Cgroups;
using Kata.Agent.Containers;
using Kata.Agent.Devices;
using Kata.Agent.Files;
using Kata.Agent.Guest;
using Kata.Agent.Network;
using Kata.Agent.Policy;
using Kata.Agent.Processes;
using Kata.Agent.Sandboxes;
using Kata.Agent.Storage;
using Kata.Linux.Hosts;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Types;
using Kata.Ttrpc;

namespace Kata.Agent.Rpc;

/// <summary>The agent's service: each call checks its arguments and hands over. What is not overridden answers Unimplemented.</summary>
internal sealed class AgentRpc(SandboxHolder holder, GuestServices guest, string version) : AgentService.AgentServiceBase
{
    private static readonly Empty Nothing = new();

    /// <inheritdoc/>
    public override async Task<Empty> CreateSandbox(CreateSandboxRequest request, ServerCallContext context)
    {
        await holder.CreateAsync(request, context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override async Task<Empty> DestroySandbox(DestroySandboxRequest request, ServerCallContext context)
    {
        await holder.DestroyAsync(context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override async Task<Empty> CreateContainer(CreateContainerRequest request, ServerCallContext context)
    {
        await new ContainerFactory(holder.Require(), request).CreateAsync(context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override async Task<Empty> StartContainer(StartContainerRequest request, ServerCallContext context)
    {
        Sandbox sandbox = holder.Require();
        Container container = sandbox.Containers.Require(request.ContainerId);

        // Before the program can use any memory, and also where the container is the sandbox's only one.
        await container.WatchMemoryAsync(() => sandbox.OomEvents.Add(container.Id), context.CancellationToken).ConfigureAwait(false);
        await container.StartAsync(context.CancellationToken).ConfigureAwait(false);
        guest.Memory.ProcessStarted();
        return Nothing;
    }

    /// <inheritdoc/>
    public override async Task<Empty> RemoveContainer(RemoveContainerRequest request, ServerCallContext context)
    {
        ContainerTable containers = holder.Require().Containers;
        Container container = containers.Require(request.ContainerId);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        if (request.Timeout > 0)
        {
            deadline.CancelAfter(TimeSpan.FromSeconds(Math.Min(request.Timeout, 86400)));
        }

        try
        {
            await container.RemoveAsync(deadline.Token).ConfigureAwait(false);
            containers.Remove(container);
            return Nothing;
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            throw new KataException(ErrorCode.DeadlineExceeded, $"container {container.Id} was not removed within {request.Timeout} s");
        }
    }

    /// <inheritdoc/>
    public override async Task<Empty> ExecProcess(ExecProcessRequest request, ServerCallContext context)
    {
        await Find(request.ContainerId).ExecAsync(request, holder.PipeSize, holder.StreamPorts, context.CancellationToken).ConfigureAwait(false);
        guest.Memory.ProcessStarted();
        return Nothing;
    }

    /// <inheritdoc/>
    public override async Task<Empty> SignalProcess(SignalProcessRequest request, ServerCallContext context)
    {
        await Find(request.ContainerId).SignalAsync(request.ExecId, request.Signal, context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override async Task<WaitProcessResponse> WaitProcess(WaitProcessRequest request, ServerCallContext context) => new()
    {
        Status = await Find(request.ContainerId).WaitAsync(request.ExecId, context.CancellationToken).ConfigureAwait(false),
    };

    /// <inheritdoc/>
    public override async Task<Empty> UpdateContainer(UpdateContainerRequest request, ServerCallContext context)
    {
        Container container = Find(request.ContainerId);
        if (request.Resources is { } resources)
        {
            await container.UpdateAsync(resources, context.CancellationToken).ConfigureAwait(false);
        }

        return Nothing;
    }

    /// <inheritdoc/>
    public override Task<StatsContainerResponse> StatsContainer(StatsContainerRequest request, ServerCallContext context) =>
        Task.FromResult(new StatsContainerResponse { CgroupStats = StatsMapping.ToWire(Find(request.ContainerId).Cgroup.ReadStats()) });

    /// <inheritdoc/>
    public override async Task<Empty> PauseContainer(PauseContainerRequest request, ServerCallContext context)
    {
        await Find(request.ContainerId).PauseAsync(context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override async Task<Empty> ResumeContainer(ResumeContainerRequest request, ServerCallContext context)
    {
        await Find(request.ContainerId).ResumeAsync(context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override async Task<WriteStreamResponse> WriteStdin(WriteStreamRequest request, ServerCallContext context)
    {
        InputStream input = FindProcess(request.ContainerId, request.ExecId).Streams.RequireInput();
        if (request.Data.IsEmpty)
        {
            await input.CloseAsync(context.CancellationToken).ConfigureAwait(false);
        }
        else
        {
            await input.WriteAsync(request.Data.Memory, context.CancellationToken).ConfigureAwait(false);
        }

        return new WriteStreamResponse { Len = (uint)request.Data.Length };
    }

    /// <inheritdoc/>
    public override Task<ReadStreamResponse> ReadStdout(ReadStreamRequest request, ServerCallContext context) =>
        ReadAsync(request, FindProcess(request.ContainerId, request.ExecId).Streams.RequireOutput(), context);

    /// <inheritdoc/>
    public override Task<ReadStreamResponse> ReadStderr(ReadStreamRequest request, ServerCallContext context) =>
        ReadAsync(request, FindProcess(request.ContainerId, request.ExecId).Streams.RequireError(), context);

    /// <inheritdoc/>
    public override async Task<Empty> CloseStdin(CloseStdinRequest request, ServerCallContext context)
    {
        await FindProcess(request.ContainerId, request.ExecId).Streams.Input.CloseAsync(context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override Task<Empty> TtyWinResize(TtyWinResizeRequest request, ServerCallContext context)
    {
        if (request.Row > ushort.MaxValue || request.Column > ushort.MaxValue)
        {
            throw KataException.Invalid($"a terminal of {request.Row} x {request.Column} is too large");
        }

        FindProcess(request.ContainerId, request.ExecId).Resize((ushort)request.Row, (ushort)request.Column);
        return Task.FromResult(Nothing);
    }

    /// <inheritdoc/>
    public override async Task<OOMEvent> GetOOMEvent(GetOOMEventRequest request, ServerCallContext context) => new()
    {
        ContainerId = await holder.Require().OomEvents.NextAsync(context.CancellationToken).ConfigureAwait(false),
    };

    /// <inheritdoc/>
    public override Task<GuestDetailsResponse> GetGuestDetails(GuestDetailsRequest request, ServerCallContext context)
    {
        var details = new AgentDetails { Version = version, InitDaemon = System.Environment.ProcessId == 1, SupportsSeccomp = true };
        details.ExtraFeatures.Add("oci-1.2");
        details.StorageHandlers.AddRange(StorageHandlers.Drivers);
        details.DeviceHandlers.AddRange(DevicePlan.Types);
        return Task.FromResult(new GuestDetailsResponse
        {
            MemBlockSizeBytes = request.MemBlockSize ? guest.Processors.MemoryBlockSize() : 0,
            SupportMemHotplugProbe = request.MemHotplugProbe && guest.Processors.HasMemoryProbe(),
            AgentDetails = details,
        });
    }

    /// <inheritdoc/>
    public override async Task<Empty> OnlineCPUMem(OnlineCPUMemRequest request, ServerCallContext context)
    {
        Sandbox sandbox = holder.Require();
        if (request.NbCpus > 0)
        {
            await guest.Processors.OnlineAsync(request.NbCpus, context.CancellationToken).ConfigureAwait(false);
            string online = guest.Processors.OnlineList();
            foreach (Container container in sandbox.Containers.All)
            {
                container.Cgroup.ExtendCpus(online);
            }
        }

        if (!request.CpuOnly)
        {
            guest.Processors.OnlineMemory();
        }

        return Nothing;
    }

    /// <inheritdoc/>
    public override Task<Empty> SetGuestDateTime(SetGuestDateTimeRequest request, ServerCallContext context)
    {
        if (request.Sec < 0 || request.Usec is < 0 or > 999_999)
        {
            throw KataException.Invalid($"{request.Sec} s {request.Usec} us is no time of day");
        }

        SystemClock.Set(request.Sec, request.Usec);
        return Task.FromResult(Nothing);
    }

    /// <inheritdoc/>
    public override Task<Empty> ReseedRandomDev(ReseedRandomDevRequest request, ServerCallContext context)
    {
        if (request.Data.IsEmpty || request.Data.Length > 1 << 20)
        {
            throw KataException.Invalid($"a seed of {request.Data.Length} bytes: give 1 byte to 1 MiB");
        }

        RandomPool.Mix(request.Data.Span);
        return Task.FromResult(Nothing);
    }

    /// <inheritdoc/>
    public override Task<Interface> UpdateInterface(UpdateInterfaceRequest request, ServerCallContext context) =>
        guest.Network.UpdateInterfaceAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<Routes> UpdateRoutes(UpdateRoutesRequest request, ServerCallContext context) =>
        guest.Network.UpdateRoutesAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<Interfaces> ListInterfaces(ListInterfacesRequest request, ServerCallContext context) => Task.FromResult(GuestNetwork.ListInterfaces());

    /// <inheritdoc/>
    public override Task<Routes> ListRoutes(ListRoutesRequest request, ServerCallContext context) => Task.FromResult(GuestNetwork.ListRoutes());

    /// <inheritdoc/>
    public override async Task<Empty> AddARPNeighbors(AddARPNeighborsRequest request, ServerCallContext context)
    {
        await guest.Network.AddNeighborsAsync(request, context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override Task<GetIPTablesResponse> GetIPTables(GetIPTablesRequest request, ServerCallContext context) =>
        guest.PacketFilter.ReadAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<SetIPTablesResponse> SetIPTables(SetIPTablesRequest request, ServerCallContext context) =>
        guest.PacketFilter.WriteAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<Empty> CopyFile(CopyFileRequest request, ServerCallContext context)
    {
        guest.Files.Copy(request);
        return Task.FromResult(Nothing);
    }

    /// <inheritdoc/>
    public override Task<VolumeStatsResponse> GetVolumeStats(VolumeStatsRequest request, ServerCallContext context) =>
        Task.FromResult(VolumeStatistics.Read(request));

    /// <inheritdoc/>
    public override async Task<Empty> ResizeVolume(ResizeVolumeRequest request, ServerCallContext context)
    {
        await new VolumeGrowth(holder.Require().Devices).ResizeAsync(request, context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override Task<GetDiagnosticDataResponse> GetDiagnosticData(GetDiagnosticDataRequest request, ServerCallContext context) =>
        Task.FromResult(DiagnosticData.Read(request, Find));

    /// <inheritdoc/>
    public override Task<Empty> MemHotplugByProbe(MemHotplugByProbeRequest request, ServerCallContext context)
    {
        guest.Processors.ProbeMemory(request.MemHotplugProbeAddr);
        return Task.FromResult(Nothing);
    }

    /// <inheritdoc/>
    public override Task<Protocols.Agent.Metrics> GetMetrics(GetMetricsRequest request, ServerCallContext context) =>
        Task.FromResult(new Protocols.Agent.Metrics { Metrics_ = guest.Metrics.Read() });

    /// <inheritdoc/>
    public override async Task<Empty> StartTracing(StartTracingRequest request, ServerCallContext context)
    {
        await guest.Tracing.StartAsync(context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override async Task<Empty> StopTracing(StopTracingRequest request, ServerCallContext context)
    {
        await guest.Tracing.StopAsync(context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override async Task<Empty> SetPolicy(SetPolicyRequest request, ServerCallContext context)
    {
        await guest.Policy.SetAsync(request, context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override async Task<Empty> UpdateEphemeralMounts(UpdateEphemeralMountsRequest request, ServerCallContext context)
    {
        await EphemeralUpdate.ApplyAsync(holder.Require().Storages, request.Storages, context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override async Task<Empty> RemoveStaleVirtiofsShareMounts(RemoveStaleVirtiofsShareMountsRequest request, ServerCallContext context)
    {
        await StaleShares.RemoveAsync(context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override async Task<Empty> AddSwap(AddSwapRequest request, ServerCallContext context)
    {
        await new SwapDevices(holder.Require().Devices).AddAsync(request.PCIPath, context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    /// <inheritdoc/>
    public override async Task<Empty> AddSwapPath(AddSwapPathRequest request, ServerCallContext context)
    {
        await new SwapDevices(holder.Require().Devices).AddAsync(request.Path, context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    private async Task<ReadStreamResponse> ReadAsync(ReadStreamRequest request, OutputStream? stream, ServerCallContext context)
    {
        if (request.Len == 0 || stream is null)
        {
            return new ReadStreamResponse();
        }

        Container container = Find(request.ContainerId);
        int most = (int)Math.Min(request.Len, OutputStream.MaxPiped);
        OutputPiece piece = await stream.ReadAsync(most, context.CancellationToken, piped: guest.Policy.IsOpen || !PolicyGate.DropsReplyOf(context)).ConfigureAwait(false);
        if (piece.TakePiped() is { } output)
        {
            context.EndReplyWith(ReadStreamResponse.DataFieldNumber, output);
            return new ReadStreamResponse();
        }

        context.RegisterForDispose(piece);
        if (piece.IsEnd)
        {
            stream.TellEnd();
            container.OutputEnded();
        }

        return new ReadStreamResponse { Data = piece.Bytes };
    }

    private Container Find(string containerId) => holder.Require().Containers.Require(containerId);

    private GuestProcess FindProcess(string containerId, string execId) => Find(containerId).RequireProcess(execId);
}
