using Kata.Agent.Rootfs;
using Kata.Linux.Mounts;

namespace Kata.Agent.Tests.Rootfs;

public sealed class MountLabelsTests
{
    private const string Label = "system_u:object_r:container_file_t:s0:c1,c2";

    [Theory]
    [InlineData("tmpfs", "mode=755", Label, $"mode=755,context=\"{Label}\"")]
    [InlineData("devpts", "", Label, $"context=\"{Label}\"")]
    [InlineData("tmpfs", "mode=755", "", "mode=755")]
    [InlineData("sysfs", "", Label, null)]
    [InlineData("mqueue", "", Label, null)]
    [InlineData("tmpfs", "context=x", Label, "context=x")]
    [InlineData("tmpfs", "rootcontext=x", Label, "rootcontext=x")]
    public void AddTo_KindOfFileSystem_DecidesWhatItGets(string type, string word, string label, string? expected)
    {
        var options = new MountOptions { Data = word.Length > 0 ? [word] : [] };

        Assert.Equal(expected, MountLabels.AddTo(type, options, label).DataText);
    }
}
