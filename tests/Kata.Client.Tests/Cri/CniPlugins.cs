namespace Kata.Client.Tests.Cri;

/// <summary>
/// Network plugins for containerd that report an interface with an address and make none, so that the pod's network namespace stays empty. For a pod whose
/// name contains <see cref="Wired"/> they make a real one.
/// </summary>
internal static class CniPlugins
{
    /// <summary>In the name of a pod that gets a real interface.</summary>
    internal const string Wired = "wired";

    // Of the protocol: a command in the environment, the configuration on standard input, the result on standard output.
    private const string Plugin = $$$"""
        #!/bin/sh
        [ "$CNI_COMMAND" = VERSION ] && echo '{"cniVersion":"0.4.0","supportedVersions":["0.3.1","0.4.0"]}'
        [ "$CNI_COMMAND" = ADD ] || exit 0
        case "$CNI_ARGS" in
            *{{{Wired}}}*)
                nsenter --net="$CNI_NETNS" ip link add "$CNI_IFNAME" type veth peer name peer0 >&2 &&
                nsenter --net="$CNI_NETNS" ip address add 10.88.0.2/24 dev "$CNI_IFNAME" >&2 || exit 1 ;;
        esac
        cat <<END
        {"cniVersion":"0.4.0","interfaces":[{"name":"$CNI_IFNAME","sandbox":"$CNI_NETNS"}],"ips":[{"version":"4","interface":0,"address":"10.88.0.2/24"}]}
        END
        """;

    private const string Loopback = """
        #!/bin/sh
        [ "$CNI_COMMAND" = ADD ] && echo '{"cniVersion":"0.3.1","interfaces":[{"name":"lo","sandbox":"'"$CNI_NETNS"'"}]}'
        exit 0
        """;

    /// <summary>The directory of the plugins below a containerd's own.</summary>
    internal static string Programs(string directory) => Path.Combine(directory, "cni/bin");

    /// <summary>The directory of their configuration.</summary>
    internal static string Configuration(string directory) => Path.Combine(directory, "cni/conf");

    /// <summary>Writes plugins and configuration.</summary>
    internal static void WriteTo(string directory)
    {
        Directory.CreateDirectory(Programs(directory));
        Directory.CreateDirectory(Configuration(directory));
        Write(Path.Combine(Programs(directory), "pretend"), Plugin);
        Write(Path.Combine(Programs(directory), "loopback"), Loopback);
        File.WriteAllText(Path.Combine(Configuration(directory), "10-pretend.conflist"), """{"cniVersion":"0.4.0","name":"pretend","plugins":[{"type":"pretend"}]}""");
    }

    private static void Write(string path, string text)
    {
        File.WriteAllText(path, text + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
