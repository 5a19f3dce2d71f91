namespace Kata.AgentCtl.CommandLine;

/// <summary>What <c>--help</c> and <c>examples</c> print. Written by hand, in the order a reader needs it; a test holds it to the options that exist.</summary>
internal static class HelpText
{
    /// <summary>Help on everything.</summary>
    public const string Root = """
        kata-agent-ctl: talk to a Kata agent, call by call

        Usage:
          kata-agent-ctl [-l LEVEL] COMMAND [OPTIONS]

        Commands:
          connect        Connect to an agent and run commands on it
          generate-cid   Print a new container id
          generate-sid   Print a new sandbox id
          examples       Print examples to copy

        Options:
          -l, --log-level LEVEL   critical, error, warn, info (default), debug or trace
          -V, --version           Print the version
          -h, --help              This text

        'kata-agent-ctl COMMAND --help' tells more about a command.

        """;

    /// <summary>Help on <c>connect</c>.</summary>
    public const string Connect = """
        Connect to an agent and run commands on it.

        Usage:
          kata-agent-ctl connect --server-address ADDRESS [OPTIONS]

        The agent:
          -s, --server-address ADDRESS   Where it listens:
                                           unix:///PATH, unix://@NAME      an agent without a virtual machine
                                           vsock://CID:PORT                a machine with vhost-vsock
                                           hvsock:///PATH:PORT             Cloud Hypervisor, Firecracker
                                           virtio-serial:///PATH           QEMU without vhost-vsock
              --hybrid-vsock             unix:///PATH is a hybrid vsock
              --hybrid-vsock-port PORT   Its port; 1024 otherwise
              --dial-timeout TIME        How long to wait for the agent to answer; 30s otherwise
          -t, --timeout TIME             How long each call may take, such as 5s or 1m30s

        What to do:
          -c, --cmd COMMAND              A command, such as 'CreateContainer cid=c1'; may be repeated
          -i, --interactive              Read commands from standard input, after those of -c;
                                         with history and completion at a terminal
          -b, --bundle-dir DIR           The bundle whose config.json describes the container
          -r, --repeat COUNT             Run the commands of -c COUNT times; -1 for ever
              --ignore-errors            Go on when a command fails
          -n, --no-auto-values           Leave fields empty that no argument sets

        Output:
              --raw                      Print bytes and texts of replies as they are, not as JSON
              --dry-run                  Print requests as JSON; do not connect
          -l, --log-level LEVEL          critical, error, warn, info (default), debug or trace
          -h, --help                     This text

              --vm VMM                   Refused: start a machine with kata-runtime

        Commands are those of the agent's protocol, with NAME=VALUE for each field, and a few of this tool:
        '-c help' lists them, '-c "help CreateContainer"' lists what one takes. Replies are JSON.

        Exit code:
          0 all commands succeeded; 1 one failed; 2 the command line is wrong;
          3 the agent cannot be reached, or went away; 130 interrupted

        """;

    /// <summary>What <c>examples</c> prints.</summary>
    public const string Examples = """
        An agent without a virtual machine, as root. It mounts things, so it gets a mount namespace of its own:
          unshare -m sh -c 'mount -t tmpfs tmpfs /run; KATA_AGENT_SERVER_ADDR=unix:///tmp/agent.sock exec kata-agent'

        Is it there?
          kata-agent-ctl connect -s unix:///tmp/agent.sock -c Check -c Version

        A container from a bundle (a directory with config.json, as made by 'runc spec', and a rootfs):
          kata-agent-ctl connect -s unix:///tmp/agent.sock --bundle-dir ./bundle --raw \
            -c CreateSandbox -c 'CreateContainer cid=c1' -c StartContainer -c ReadStdout -c WaitProcess \
            -c RemoveContainer -c DestroySandbox

        Another process in it, and a signal for that one:
          -c 'ExecProcess cid=c1 exec_id=e1 process.Args="ls -l /"' -c ReadStdout -c 'SignalProcess signal=TERM'

        A request as JSON, with the fields of the protocol:
          -c 'UpdateInterface {"interface": {"name": "eth0", "hwAddr": "02:00:00:00:00:01", "mtu": 1400}}'
          -c 'CreateContainer file://request.json'
          -c 'SetPolicy policy=file://policy.rego'

        Through the socket of a virtual machine:
          kata-agent-ctl connect -s unix:///run/vc/vm/ID/kata.hvsock --hybrid-vsock -c GetGuestDetails
          kata-agent-ctl connect -s vsock://3:1024 -i

        What would be sent?
          kata-agent-ctl connect --dry-run --bundle-dir ./bundle -c 'CreateContainer cid=c1'

        A quick load test, and a script on standard input:
          kata-agent-ctl connect -s unix:///tmp/agent.sock -c 'repeat 1000 Check' >/dev/null
          printf 'CreateSandbox\nListInterfaces\n' | kata-agent-ctl connect -s unix:///tmp/agent.sock -i

        """;

    /// <summary>The help that arguments ask for; null if they do not.</summary>
    public static string? For(ReadOnlySpan<string> args)
    {
        if (args.IsEmpty || args[0] is "help" or "--help" or "-h" or "-?")
        {
            return args.Length > 1 && args[1] == "connect" ? Connect : Root;
        }

        return !args.ContainsAny("--help", "-h", "-?") ? null : args.Contains("connect") ? Connect : Root;
    }
}
