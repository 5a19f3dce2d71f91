using Kata.Protocols.Agent;

namespace Kata.AgentCtl.Api;

/// <summary>Containers, their processes and their streams.</summary>
internal static class ContainerCommands
{
    /// <summary>The commands.</summary>
    public static readonly ApiCommand[] All =
    [
        ApiCommand.Of<CreateContainerRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "CreateContainer", "Make a container and its first process, which waits for StartContainer", (c, r, o) => c.Agent.CreateContainerAsync(r, o),
            ApiArguments.Container, ApiArguments.FirstProcess,
            new("OCI", "spec", "file://CONFIG.JSON", ArgumentKind.Spec) { Default = _ => "", DefaultText = "the bundle's config.json" }),
        ApiCommand.Of<StartContainerRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "StartContainer", "Let the first process of a container run", (c, r, o) => c.Agent.StartContainerAsync(r, o), ApiArguments.Container),
        ApiCommand.Of<RemoveContainerRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "RemoveContainer", "Kill a container and remove everything it has", (c, r, o) => c.Agent.RemoveContainerAsync(r, o),
            ApiArguments.Container, new("timeout", "timeout", "SECONDS")),
        ApiCommand.Of<ExecProcessRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "ExecProcess", "Start another process in a running container", (c, r, o) => c.Agent.ExecProcessAsync(r, o),
            ApiArguments.Container, ApiArguments.NewProcess,
            new("process", "spec", "file://CONFIG.JSON", ArgumentKind.SpecProcess) { Default = _ => "", DefaultText = "the process of the bundle's config.json" }),
        ApiCommand.Of<SignalProcessRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "SignalProcess", "Send a signal to a process", (c, r, o) => c.Agent.SignalProcessAsync(r, o),
            ApiArguments.Container, ApiArguments.Process,
            new("signal", "signal", "NAME|NUMBER", ArgumentKind.Signal) { Default = _ => "SIGKILL", DefaultText = "SIGKILL" }),
        ApiCommand.Of<WaitProcessRequest, WaitProcessResponse>(
            "WaitProcess", "Wait until a process ends; prints its exit status", (c, r, o) => c.Agent.WaitProcessAsync(r, o),
            ApiArguments.Container, ApiArguments.Process),
        ApiCommand.Of<UpdateContainerRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "UpdateContainer", "Change the resource limits of a container", (c, r, o) => c.Agent.UpdateContainerAsync(r, o),
            ApiArguments.Container, new("resources", "spec", "file://CONFIG.JSON", ArgumentKind.SpecResources)),
        ApiCommand.Of<StatsContainerRequest, StatsContainerResponse>(
            "StatsContainer", "Print what a container uses", (c, r, o) => c.Agent.StatsContainerAsync(r, o), ApiArguments.Container),
        ApiCommand.Of<PauseContainerRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "PauseContainer", "Freeze all processes of a container", (c, r, o) => c.Agent.PauseContainerAsync(r, o), ApiArguments.Container),
        ApiCommand.Of<ResumeContainerRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "ResumeContainer", "Let a frozen container run again", (c, r, o) => c.Agent.ResumeContainerAsync(r, o), ApiArguments.Container),
        ApiCommand.Of<WriteStreamRequest, WriteStreamResponse>(
            "WriteStdin", "Write to the standard input of a process", (c, r, o) => c.Agent.WriteStdinAsync(r, o),
            ApiArguments.Container, ApiArguments.Process, ApiArguments.Data),
        ApiCommand.Of<ReadStreamRequest, ReadStreamResponse>(
            "ReadStdout", "Read from the standard output of a process; empty at its end", (c, r, o) => c.Agent.ReadStdoutAsync(r, o),
            ApiArguments.Container, ApiArguments.Process, ApiArguments.Length),
        ApiCommand.Of<ReadStreamRequest, ReadStreamResponse>(
            "ReadStderr", "Read from the standard error of a process; empty at its end", (c, r, o) => c.Agent.ReadStderrAsync(r, o),
            ApiArguments.Container, ApiArguments.Process, ApiArguments.Length),
        ApiCommand.Of<CloseStdinRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "CloseStdin", "Close the standard input of a process", (c, r, o) => c.Agent.CloseStdinAsync(r, o), ApiArguments.Container, ApiArguments.Process),
        ApiCommand.Of<TtyWinResizeRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "TtyWinResize", "Change the size of a process's terminal", (c, r, o) => c.Agent.TtyWinResizeAsync(r, o),
            ApiArguments.Container, ApiArguments.Process,
            new("row", "row", "LINES") { Default = _ => "24", DefaultText = "24" },
            new("column", "column", "CHARACTERS") { Default = _ => "80", DefaultText = "80" }),
    ];
}
