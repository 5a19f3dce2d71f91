namespace Kata.Cli;

/// <summary>What <c>--help</c> prints. Written by hand, in the order a reader needs it; a test holds it to the options that exist.</summary>
internal static class HelpText
{
    /// <summary>Help on everything.</summary>
    public const string Root = """
        kata-runtime: containers in virtual machines of their own

        Usage:
          kata-runtime COMMAND [OPTIONS]

        Commands:
          run        Run a program from an image in a virtual machine, without any daemon
          image      Remove unpacked layers of images that no container uses
          version    Print the version, the commit and the version of the OCI specification

        'kata-runtime COMMAND --help' tells more about a command.

        Try it:
          sudo kata-runtime run --rm -it ./busybox.tar -- sh

        """;

    /// <summary>Help on <c>run</c>.</summary>
    public const string Run = """
        Run a program from an image in a virtual machine of its own, without any daemon.

        Usage:
          kata-runtime run [OPTIONS] IMAGE-OR-ROOTFS [-- COMMAND [ARGUMENT...]]

        IMAGE-OR-ROOTFS is the path of one of these; it is never changed:
          an OCI image layout             a directory, as made by: skopeo copy docker://busybox oci:busybox
          an OCI archive                  a tar file of such a layout, plain, gzip or zstd
          a docker archive                as made by: docker save busybox -o busybox.tar
          an unpacked root file system    any directory with programs in it
        Where an image file holds several images, PATH:NAME picks one.
        Without COMMAND the image's own command runs.

        The program:
          -i, --interactive           Connect standard input; without this the program reads end of file
          -t, --tty                   Give the program a terminal; '-it' is what a shell wants
          -e, --env NAME[=VALUE]      Set a variable; without a value it is passed on from here; may be repeated
          -w, --workdir DIR           Directory to start in; made if it is missing
          -u, --user USER[:GROUP]     Who to run as, by name or number
              --entrypoint PROGRAM    Run this in place of the image's entrypoint

        The container:
              --name NAME             Its name; one is made up otherwise
              --hostname NAME         Its host name; the container's name otherwise
          -m, --memory SIZE           Memory limit, such as 512m or 2g; the machine gets this much on top of its own
              --cpus NUMBER           CPU limit, such as 2 or 0.5; the machine gets this many more CPUs, rounded up
          -v, --volume FROM:TO[:ro]   Show a file or directory of the host at TO; may be repeated
              --read-only             Forbid writing to the root file system
              --network MODE          There is no network in the machine yet: 'none' is the only MODE
              --rm                    Remove the container when it ends; always done, accepted out of habit

        This command:
              --config FILE           Configuration; the first configuration.toml of the usual places otherwise
              --image-store DIR       Where unpacked layers are kept; $KATA_IMAGE_STORE or
                                      /var/lib/kata-containers/images otherwise
          -q, --quiet                 No progress line
              --debug                 Tell what is done in detail
          -h, --help                  This text

        Signals go to the program; the third Ctrl-C kills it. With '-it' all keys do.

        Exit code:
          the program's own; 128 + N if signal N ended it; 127 no such program; 126 it cannot be executed;
          125 kata-runtime failed, with the reason on standard error

        Examples:
          kata-runtime run busybox.tar -- uname -a
          kata-runtime run -it busybox.tar -- sh
          kata-runtime run -m 512m --cpus 2 -v "$PWD:/src:ro" -w /src ./image -- make test
          tar c . | kata-runtime run -i ./rootfs -- tar t

        """;

    /// <summary>Help on <c>image</c>.</summary>
    public const string Image = """
        Look after the unpacked layers that 'kata-runtime run' keeps, so that an image starts at once the next time.

        Usage:
          kata-runtime image prune [OPTIONS]

        prune removes every layer that no container uses at the moment. Nothing is lost: a layer is unpacked
        from its image again when it is needed.

              --image-store DIR       Where unpacked layers are kept; $KATA_IMAGE_STORE or
                                      /var/lib/kata-containers/images otherwise
          -h, --help                  This text

        """;

    /// <summary>The help that arguments ask for; null if they do not.</summary>
    public static string? For(ReadOnlySpan<string> args)
    {
        int end = args.IndexOf("--");
        ReadOnlySpan<string> own = end < 0 ? args : args[..end];
        if (own.IsEmpty || own[0] is "help" or "--help" or "-h" or "-?")
        {
            return own.Length == 2 ? Of(own[1]) ?? Root : Root;
        }

        return own[1..].ContainsAny("--help", "-h", "-?") ? Of(own[0]) : null;
    }
    private static string? Of(string command) => command switch
    {
        "run" => Run,
        "image" => Image,
        _ => null,
    };
}
