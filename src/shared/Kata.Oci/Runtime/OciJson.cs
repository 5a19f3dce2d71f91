using Kata.Primitives;

namespace Kata.Oci.Runtime;

/// <summary>Reads and writes the documents of the OCI runtime specification. Safe for documents of unknown origin.</summary>
/// <remarks>
/// Unknown properties are skipped, as the specification demands; duplicate ones are refused. Reading checks form, not
/// meaning: see <see cref="SpecValidator"/>.
/// </remarks>
public static class OciJson
{
    private static readonly JsonDocumentWriter Writer = new(OciJsonContext.Default);

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <param name="json">The document in UTF-8; at most 8 MiB.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="KataException">InvalidArgument: no such document; the message names the JSON path and the problem.</exception>
    public static Spec ReadSpec(ReadOnlySpan<byte> json, string name = "config.json") => JsonDocumentReader.Read(json, OciJsonContext.Default.Spec, name);

    /// <summary>Reads a <c>config.json</c> to the end of a stream.</summary>
    /// <param name="json">The document in UTF-8; at most 8 MiB are read.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="KataException">InvalidArgument: no such document; the message names the JSON path and the problem.</exception>
    public static Spec ReadSpec(Stream json, string name = "config.json") => JsonDocumentReader.Read(json, OciJsonContext.Default.Spec, name);

    /// <summary>Reads the <c>config.json</c> of a bundle.</summary>
    /// <param name="path">Path of the file; errors name it.</param>
    /// <exception cref="KataException">NotFound: there is no such file. PermissionDenied: it cannot be read. InvalidArgument: it is no such document.</exception>
    public static Spec ReadSpecFile(string path) => JsonDocumentReader.ReadFile(path, OciJsonContext.Default.Spec);

    /// <summary>Reads one process, as it comes with a request to run a further one in a container.</summary>
    /// <param name="json">The document in UTF-8; at most 8 MiB.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="KataException">InvalidArgument: no such document; the message names the JSON path and the problem.</exception>
    public static Process ReadProcess(ReadOnlySpan<byte> json, string name = "process") => JsonDocumentReader.Read(json, OciJsonContext.Default.Process, name);

    /// <summary>Reads resource limits, as they come with a request to change them.</summary>
    /// <param name="json">The document in UTF-8; at most 8 MiB.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="KataException">InvalidArgument: no such document; the message names the JSON path and the problem.</exception>
    public static LinuxResources ReadResources(ReadOnlySpan<byte> json, string name = "resources") =>
        JsonDocumentReader.Read(json, OciJsonContext.Default.LinuxResources, name);

    /// <summary>Reads the state of a container.</summary>
    /// <param name="json">The document in UTF-8; at most 8 MiB.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="KataException">InvalidArgument: no such document; the message names the JSON path and the problem.</exception>
    public static State ReadState(ReadOnlySpan<byte> json, string name = "state") => JsonDocumentReader.Read(json, OciJsonContext.Default.State, name);

    /// <summary>Writes a <c>config.json</c>, without what is null or empty.</summary>
    public static byte[] WriteSpec(Spec spec) => Write(spec);

    /// <summary>Writes one process, without what is null or empty.</summary>
    public static byte[] WriteProcess(Process process) => Write(process);

    /// <summary>Writes resource limits, without what is null or empty.</summary>
    public static byte[] WriteResources(LinuxResources resources) => Write(resources);

    /// <summary>Writes the state of a container, as hooks read it.</summary>
    public static byte[] WriteState(State state) => Write(state);

    private static byte[] Write<T>(T document) => Writer.Write(document);
}
