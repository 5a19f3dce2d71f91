namespace Kata.Shim.CommandLine;

/// <summary>What one run of the binary is asked to do.</summary>
internal enum ShimAction
{
    /// <summary>Answer Task calls on the inherited socket until told to shut down.</summary>
    Serve,

    /// <summary>Create the socket, start the daemon, print the address.</summary>
    Start,

    /// <summary>Remove what a crashed shim left behind.</summary>
    Delete,

    /// <summary>Print name and version.</summary>
    Version,

    /// <summary>Print the flags.</summary>
    Help,
}
