using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;

namespace Kata.Privileged.Tests.Agents;

/// <summary>Files, volumes, metrics and what a plain guest cannot do, over the wire.</summary>
public sealed class GuestCallsTests(LiveAgent live) : IClassFixture<LiveAgent>
{
    private const string Shared = "/run/kata-containers/shared/containers";
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CopyFile_ThenMounted_IsReadInAContainer()
    {
        byte[] content = new byte[3 << 20];
        new Random(1).NextBytes(content);
        for (int offset = 0; offset < content.Length; offset += 1 << 20)
        {
            await live.Agent.CopyFileAsync(
                new CopyFileRequest
                {
                    Path = Shared + "/c1-x/data",
                    FileSize = content.Length,
                    FileMode = 0x81A0,
                    DirMode = 0x1ED,
                    Uid = 33,
                    Gid = 33,
                    Offset = offset,
                    Data = ByteString.CopyFrom(content, offset, 1 << 20),
                },
                cancellationToken: Token);
        }

        Spec spec = live.NewSpec("copied", "sh", "-c", "wc -c </data/data; stat -c '%a %u %g' /data/data; ls -A /data");
        spec.Mounts.Add(new Mount { Destination = "/data", Source = Shared + "/c1-x", Type = "bind", Options = { "rbind", "ro" } });
        (int code, string output, string error) = await live.RunAsync("copied", spec);

        Assert.Equal((0, "3145728\n640 33 33\ndata\n"), (code, output + error));
    }

    [Fact]
    public async Task GetVolumeStats_Directory_HasBytesAndInodes()
    {
        VolumeStatsResponse response = await live.Agent.GetVolumeStatsAsync(new VolumeStatsRequest { VolumeGuestPath = "/run/kata-containers/sandbox" }, cancellationToken: Token);

        Assert.Equal([VolumeUsage.Types.Unit.Bytes, VolumeUsage.Types.Unit.Inodes], response.Usage.Select(usage => usage.Unit));
        Assert.All(response.Usage, usage => Assert.Equal(usage.Total, usage.Used + usage.Available));
        Assert.False(response.VolumeCondition.Abnormal);
        Assert.Equal(StatusCode.NotFound, await StatusOf(() => live.Agent.GetVolumeStatsAsync(new VolumeStatsRequest { VolumeGuestPath = Shared + "/nosuch" }, cancellationToken: Token)));
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(() => live.Agent.GetVolumeStatsAsync(new VolumeStatsRequest { VolumeGuestPath = "/etc" }, cancellationToken: Token)));
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(() => live.Agent.GetVolumeStatsAsync(new VolumeStatsRequest(), cancellationToken: Token)));
    }

    [Fact]
    public async Task GetDiagnosticData_TerminationLog_IsItsEnd()
    {
        byte[] content = [.. Enumerable.Repeat((byte)'a', 5000), .. "the end"u8];
        await live.Agent.CopyFileAsync(
            new CopyFileRequest { Path = Shared + "/diag-log", FileSize = content.Length, FileMode = 0x81A4, Data = ByteString.CopyFrom(content) }, cancellationToken: Token);
        Spec spec = live.NewSpec("diag", "true");
        spec.Annotations.Add("io.kubernetes.container.terminationMessagePath", "/dev/termination-log");
        spec.Mounts.Add(new Mount { Destination = "/dev/termination-log", Source = Shared + "/diag-log", Type = "bind", Options = { "rbind" } });
        await live.CreateAsync("diag", spec);
        await live.CreateAsync("plain", live.NewSpec("plain", "true"));

        GetDiagnosticDataResponse response = await live.Agent.GetDiagnosticDataAsync(Request("termination_log", "diag"), cancellationToken: Token);

        Assert.Equal(4096, response.Data.Length);
        Assert.EndsWith("athe end", response.Data, StringComparison.Ordinal);
        Assert.Equal(StatusCode.FailedPrecondition, await StatusOf(() => live.Agent.GetDiagnosticDataAsync(Request("termination_log", "plain"), cancellationToken: Token)));
        Assert.Equal(StatusCode.NotFound, await StatusOf(() => live.Agent.GetDiagnosticDataAsync(Request("termination_log", "nosuch"), cancellationToken: Token)));
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(() => live.Agent.GetDiagnosticDataAsync(Request("core", "diag"), cancellationToken: Token)));
        await live.RemoveAsync("diag");
        await live.RemoveAsync("plain");

        static GetDiagnosticDataRequest Request(string type, string id) => new() { LogType = type, ContainerId = id };
    }

    [Fact]
    public async Task GetMetrics_Repeated_CountsAndStaysCheap()
    {
        await live.Agent.GetMetricsAsync(new GetMetricsRequest(), cancellationToken: Token);
        var watch = Stopwatch.StartNew();
        string first = (await live.Agent.GetMetricsAsync(new GetMetricsRequest(), cancellationToken: Token)).Metrics_;
        TimeSpan took = watch.Elapsed;
        string second = (await live.Agent.GetMetricsAsync(new GetMetricsRequest(), cancellationToken: Token)).Metrics_;

        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal(1, Count(second) - Count(first));
        Assert.Contains("kata_agent_total_rss ", first, StringComparison.Ordinal);
        Assert.Contains("kata_guest_meminfo{item=\"mem_total\"} ", first, StringComparison.Ordinal);

        static int Count(string text) =>
            int.Parse(text.Split('\n').Single(line => line.StartsWith("kata_agent_scrape_count ", StringComparison.Ordinal)).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Calls_APlainGuestCannotServe_AreUnimplementedByName()
    {
        foreach ((string name, Func<AsyncUnaryCall<Google.Protobuf.WellKnownTypes.Empty>> call) in ((string, Func<AsyncUnaryCall<Google.Protobuf.WellKnownTypes.Empty>>)[])
            [
                ("MemAgentMemcgSet", () => live.Agent.MemAgentMemcgSetAsync(new MemAgentMemcgConfig(), cancellationToken: Token)),
                ("MemAgentCompactSet", () => live.Agent.MemAgentCompactSetAsync(new MemAgentCompactConfig(), cancellationToken: Token)),
            ])
        {
            RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await call());
            Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
            Assert.Contains(name, error.Status.Detail, StringComparison.Ordinal);
        }
    }

    private static async Task<StatusCode> StatusOf<T>(Func<AsyncUnaryCall<T>> call) => (await Assert.ThrowsAsync<RpcException>(async () => await call())).StatusCode;
}
