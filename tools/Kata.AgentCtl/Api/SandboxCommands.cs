using Kata.Protocols.Agent;

namespace Kata.AgentCtl.Api;

/// <summary>The sandbox as a whole, its volumes and files, and the agent itself.</summary>
internal static class SandboxCommands
{
    /// <summary>The commands.</summary>
    public static readonly ApiCommand[] All =
    [
        ApiCommand.Of<CheckRequest, HealthCheckResponse>("Check", "Ask whether the agent serves", (c, r, o) => c.Health.CheckAsync(r, o)),
        ApiCommand.Of<CheckRequest, VersionCheckResponse>("Version", "Print the versions of the agent and of its interface", (c, r, o) => c.Health.VersionAsync(r, o)),
        ApiCommand.Of<CreateSandboxRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "CreateSandbox", "Set up what the containers of a pod share", (c, r, o) => c.Agent.CreateSandboxAsync(r, o),
            ApiArguments.Sandbox, new("dns", "dns", "LINE,…"), new("hostname", "hostname", "NAME")),
        ApiCommand.Of<DestroySandboxRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "DestroySandbox", "Remove all containers and end the agent, and this session with it", (c, r, o) => c.Agent.DestroySandboxAsync(r, o)),
        ApiCommand.Of<CopyFileRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "CopyFile", "Write a piece of a file into the shared directory", (c, r, o) => c.Agent.CopyFileAsync(r, o),
            new("path", "path", "PATH"), ApiArguments.Data, new("file_size", "file_size", "BYTES"), new("file_mode", "file_mode", "0OCTAL"),
            new("dir_mode", "dir_mode", "0OCTAL"), new("uid", "uid", "NUMBER"), new("gid", "gid", "NUMBER"), new("offset", "offset", "BYTES")),
        ApiCommand.Of<UpdateEphemeralMountsRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "UpdateEphemeralMounts", "Give memory-backed mounts a new size", (c, r, o) => c.Agent.UpdateEphemeralMountsAsync(r, o), new ApiArgument("storages", "storages", "JSON")),
        ApiCommand.Of<RemoveStaleVirtiofsShareMountsRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "RemoveStaleVirtiofsShareMounts", "Unmount what is gone on the host", (c, r, o) => c.Agent.RemoveStaleVirtiofsShareMountsAsync(r, o)),
        ApiCommand.Of<VolumeStatsRequest, VolumeStatsResponse>(
            "GetVolumeStats", "Print how full a volume is", (c, r, o) => c.Agent.GetVolumeStatsAsync(r, o), new ApiArgument("volume_guest_path", "path", "PATH")),
        ApiCommand.Of<ResizeVolumeRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "ResizeVolume", "Grow the file system of a volume", (c, r, o) => c.Agent.ResizeVolumeAsync(r, o),
            new("volume_guest_path", "path", "PATH"), new("size", "size", "BYTES")),
        ApiCommand.Of<SetPolicyRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "SetPolicy", "Replace the policy that requests are checked against", (c, r, o) => c.Agent.SetPolicyAsync(r, o), new ApiArgument("policy", "policy", "TEXT|file://PATH")),
        ApiCommand.Of<StartTracingRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "StartTracing", "Start recording spans", (c, r, o) => c.Agent.StartTracingAsync(r, o)),
        ApiCommand.Of<StopTracingRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "StopTracing", "Stop recording spans", (c, r, o) => c.Agent.StopTracingAsync(r, o)),
    ];
}
