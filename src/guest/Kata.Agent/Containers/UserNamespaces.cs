using System.Globalization;
using System.Text;
using Kata.Linux;
using Kata.Linux.Namespaces;
using Kata.Linux.Processes;
using Kata.Primitives;

namespace Kata.Agent.Containers;

/// <summary>Makes user namespaces with id maps, for containers and for id-mapped mounts.</summary>
internal static class UserNamespaces
{
    /// <summary>Makes one.</summary>
    /// <param name="reaper">Reaps the process that it is made with.</param>
    /// <param name="maps">Its id maps.</param>
    /// <exception cref="KataException">InvalidArgument: the kernel takes no such maps. Unsupported: it has no user namespaces.</exception>
    public static async Task<NamespaceFd> CreateAsync(ChildReaper reaper, IdMaps maps)
    {
        await using NamespaceHolder holder = Start(reaper);
        Write(holder.Pid, "uid_map", maps.UserText);
        Write(holder.Pid, "gid_map", maps.GroupText);
        return NamespaceFd.Open(holder.Pid, CloneFlags.NewUser);
    }

    private static NamespaceHolder Start(ChildReaper reaper)
    {
        try
        {
            return NamespaceHolder.Start(reaper, CloneFlags.NewUser);
        }
        catch (LinuxException error) when (error.Errno is Errno.EINVAL or Errno.ENOSPC or Errno.EPERM)
        {
            throw new KataException(ErrorCode.Unsupported, $"the guest's kernel makes no user namespace: {LinuxException.Explain(error.Errno)}", error);
        }
    }

    private static void Write(int pid, string file, string text)
    {
        using Fd map = Fd.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}"), OpenFlags.WriteOnly);

        // One write is all that a map takes.
        Errno error = FdIo.TryWrite(map, Encoding.ASCII.GetBytes(text), out _);
        if (error != 0)
        {
            throw KataException.Invalid($"the kernel refuses the id mappings '{text.TrimEnd().Replace("\n", "; ", StringComparison.Ordinal)}': {LinuxException.Explain(error)}");
        }
    }
}
