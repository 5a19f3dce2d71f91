using System.Globalization;
using System.Text;

namespace Kata.Linux.AbiTests;

/// <summary>Asks the C compiler for the values of expressions.</summary>
internal static class CProgram
{
    /// <summary>The headers that expressions may use. Some exclude each other: &lt;termios.h&gt;, &lt;linux/mount.h&gt; and &lt;linux/fcntl.h&gt; cannot be here.</summary>
    private static readonly string[] Headers =
    [
        "errno.h", "fcntl.h", "limits.h", "poll.h", "sched.h", "signal.h", "stddef.h", "stdio.h", "unistd.h", "dirent.h", "malloc.h",
        "sys/epoll.h", "sys/eventfd.h", "sys/inotify.h", "sys/ioctl.h", "sys/mman.h", "sys/mount.h", "sys/prctl.h", "sys/reboot.h", "sys/resource.h", "sys/socket.h",
        "sys/stat.h", "sys/statfs.h", "sys/syscall.h", "sys/time.h", "sys/un.h", "sys/wait.h", "sys/xattr.h",
        "asm/termbits.h", "linux/audit.h", "linux/bpf.h", "linux/if.h", "linux/capability.h", "linux/filter.h", "linux/futex.h", "linux/if_link.h", "linux/kvm.h", "linux/netlink.h",
        "linux/nsfs.h", "linux/openat2.h", "linux/random.h", "linux/rtnetlink.h", "linux/seccomp.h", "linux/vhost.h", "linux/vm_sockets.h", "linux/magic.h",
        "linux/if.h", "linux/if_addr.h", "linux/neighbour.h", "linux/limits.h", "linux/sched.h", "#<stddef.h>\n#define sched_param kernel_sched_param\n#include <linux/sched/types.h>\n#undef sched_param", "linux/ioprio.h",
    ];

    /// <summary>The values of integer expressions, in their order.</summary>
    internal static Task<long[]> EvaluateAsync(IReadOnlyList<string> expressions) => EvaluateAsync(Headers, expressions);

    /// <summary>The values of integer expressions with just some headers.</summary>
    internal static async Task<long[]> EvaluateAsync(IReadOnlyList<string> headers, IReadOnlyList<string> expressions)
    {
        var source = new StringBuilder("#define _GNU_SOURCE\n");
        foreach (string header in headers)
        {
            source.Append(CultureInfo.InvariantCulture, $"#include {(header.StartsWith('#') ? header[1..] : $"<{header}>")}\n");
        }

        source.Append("#include <stdio.h>\nint main(void) {\n");
        foreach (string expression in expressions)
        {
            source.Append(CultureInfo.InvariantCulture, $"printf(\"%lld\\n\", (long long)({expression}));\n");
        }

        source.Append("return 0; }\n");
        string directory = Directory.CreateTempSubdirectory("kata-abi-").FullName;
        try
        {
            string file = Path.Combine(directory, "abi.c");
            await File.WriteAllTextAsync(file, source.ToString(), TestContext.Current.CancellationToken);
            await Command.RunAsync("gcc", "-O0", "-w", "-o", Path.Combine(directory, "abi"), file);
            string output = await Command.RunAsync(Path.Combine(directory, "abi"));
            return [.. output.TrimEnd().Split('\n').Select(line => long.Parse(line, CultureInfo.InvariantCulture))];
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Compares a table with the compiler's opinion.</summary>
    internal static async Task AssertAsync(IReadOnlyList<AbiRow> rows)
    {
        Assert.NotEmpty(rows);
        long[] theirs = await EvaluateAsync([.. rows.Select(row => row.Expression)]);
        Assert.All(rows.Zip(theirs), pair => Assert.True(
            Same(pair.First.Ours, pair.Second), $"{pair.First.Where}{pair.First.Expression}: ours {pair.First.Ours:x}, the compiler's {pair.Second:x}"));
    }

    // Flags in the highest bit are negative in one language and not in the other.
    private static bool Same(long ours, long theirs) => ours == theirs || ((ours >> 32) is 0 or -1 && (theirs >> 32) is 0 or -1 && (int)ours == (int)theirs);
}
