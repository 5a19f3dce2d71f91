using System.Globalization;
using System.Security.Cryptography;

namespace Kata.AgentCtl.Api;

/// <summary>Arguments that several commands share.</summary>
internal static class ApiArguments
{
    /// <summary>The container a command is about.</summary>
    public static readonly ApiArgument Container =
        new("container_id", "cid", "ID") { Default = session => session.ContainerId, DefaultText = "the session's container" };

    /// <summary>The container, where leaving it out is normal.</summary>
    public static readonly ApiArgument OptionalContainer = new("container_id", "cid", "ID");

    /// <summary>The process a command is about.</summary>
    public static readonly ApiArgument Process =
        new("exec_id", "exec_id", "ID") { Default = session => session.ExecId, DefaultText = "the session's process; the container's id for its first one" };

    /// <summary>The first process of a new container.</summary>
    public static readonly ApiArgument FirstProcess =
        new("exec_id", "exec_id", "ID") { Default = session => session.ContainerId, DefaultText = "the container's id" };

    /// <summary>The sandbox.</summary>
    public static readonly ApiArgument Sandbox =
        new("sandbox_id", "sid", "ID") { Default = session => session.SandboxId, DefaultText = "the session's sandbox" };

    /// <summary>Bytes to read at most.</summary>
    public static readonly ApiArgument Length = new("len", "len", "BYTES") { Default = _ => "32768", DefaultText = "32768" };

    /// <summary>Text, or the bytes of a file.</summary>
    public static readonly ApiArgument Data = new("data", "data", "TEXT|file://PATH|base64:TEXT");

    /// <summary>A new process's name, when none is given.</summary>
    public static readonly ApiArgument NewProcess =
        new("exec_id", "exec_id", "ID") { Default = _ => "exec-" + RandomNumberGenerator.GetHexString(8, lowercase: true), DefaultText = "a new one" };

    /// <summary>The present time, as text.</summary>
    public static string Seconds(TimeProvider time) => time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
