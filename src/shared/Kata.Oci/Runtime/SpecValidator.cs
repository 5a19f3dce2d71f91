using Kata.Primitives;

namespace Kata.Oci.Runtime;

/// <summary>Checks what a <c>config.json</c> means, as far as it can be told without looking at the machine.</summary>
public static class SpecValidator
{
    /// <summary>The most entries of any list that costs a system call each.</summary>
    private const int MaxEntries = 4096;

    private static readonly HashSet<string> NamespaceTypes = ["pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"];

    /// <summary>Refuses a document that cannot be run, with all that is wrong in one message.</summary>
    /// <param name="spec">The document.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="KataException">InvalidArgument: the message lists JSON paths and problems.</exception>
    public static void EnsureValid(Spec spec, string name = "config.json")
    {
        IReadOnlyList<string> problems = Problems(spec);
        if (problems.Count > 0)
        {
            throw KataException.Invalid($"{name}: {string.Join("; ", problems)}");
        }
    }

    /// <summary>Refuses a process that cannot be run, with all that is wrong in one message.</summary>
    /// <param name="process">The process.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="KataException">InvalidArgument: the message lists JSON paths and problems.</exception>
    public static void EnsureValid(Process process, string name = "process")
    {
        ArgumentNullException.ThrowIfNull(process);
        var problems = new SpecProblems();
        CheckProcess(process, "$", problems);
        if (problems.Found.Count > 0)
        {
            throw KataException.Invalid($"{name}: {string.Join("; ", problems.Found)}");
        }
    }

    /// <summary>Everything that is wrong with a document, each as a JSON path and a problem; empty if nothing is.</summary>
    public static IReadOnlyList<string> Problems(Spec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var problems = new SpecProblems();
        CheckVersion(spec.OciVersion, problems);
        if (spec.Root is null || spec.Root.Path.Length == 0)
        {
            problems.Add("$.root.path", "must not be empty");
        }
        else
        {
            problems.CheckText("$.root.path", spec.Root.Path);
        }

        problems.CheckText("$.hostname", spec.Hostname);
        problems.CheckText("$.domainname", spec.Domainname);
        if (spec.Process is { } process)
        {
            CheckProcess(process, "$.process", problems);
        }

        CheckMounts(spec.Mounts, problems);
        if (spec.Hooks is { } hooks)
        {
            CheckHooks(hooks, problems);
        }

        if (spec.Linux is { } linux)
        {
            CheckLinux(linux, problems);
        }

        return problems.Found;
    }

    private static void CheckVersion(string version, SpecProblems problems)
    {
        if (version.Length == 0)
        {
            problems.Add("$.ociVersion", "must not be empty");
        }
        else if (!version.StartsWith("1.", StringComparison.Ordinal) && !version.StartsWith("0.", StringComparison.Ordinal))
        {
            problems.Add("$.ociVersion", $"version {Printable.Escape(version, maxLength: 32)} is not supported, only 1.x is");
        }
    }

    private static void CheckProcess(Process process, string at, SpecProblems problems)
    {
        if (process.Args.Count == 0 || process.Args[0].Length == 0)
        {
            problems.Add($"{at}.args", "must name a program");
        }

        problems.CheckTexts($"{at}.args", process.Args);
        problems.CheckTexts($"{at}.env", process.Env);
        if (!process.Cwd.StartsWith('/'))
        {
            problems.Add($"{at}.cwd", process.Cwd.Length == 0 ? "must not be empty" : "must be an absolute path");
        }

        problems.CheckText($"{at}.cwd", process.Cwd);
        if (process.OomScoreAdj is < -1000 or > 1000)
        {
            problems.Add($"{at}.oomScoreAdj", "must be from -1000 to 1000");
        }

        var seen = new HashSet<string>();
        for (int i = 0; i < process.Rlimits.Count; i++)
        {
            PosixRlimit limit = process.Rlimits[i];
            if (!seen.Add(limit.Type))
            {
                problems.Add($"{at}.rlimits[{i}].type", $"{Printable.Escape(limit.Type, maxLength: 32)} is there twice");
            }

            if (limit.Soft > limit.Hard)
            {
                problems.Add($"{at}.rlimits[{i}]", "the soft limit is above the hard one");
            }
        }
    }

    private static void CheckMounts(IReadOnlyList<Mount> mounts, SpecProblems problems)
    {
        problems.CheckCount("$.mounts", mounts.Count, MaxEntries);
        for (int i = 0; i < mounts.Count && i < MaxEntries; i++)
        {
            Mount mount = mounts[i];
            if (mount.Destination.Length == 0)
            {
                problems.Add($"$.mounts[{i}].destination", "must not be empty");
            }

            problems.CheckText($"$.mounts[{i}].destination", mount.Destination);
            problems.CheckText($"$.mounts[{i}].source", mount.Source);
            problems.CheckText($"$.mounts[{i}].type", mount.Type);
            problems.CheckTexts($"$.mounts[{i}].options", mount.Options);
        }
    }

    private static void CheckHooks(Hooks hooks, SpecProblems problems)
    {
        Check("prestart", hooks.Prestart);
        Check("createRuntime", hooks.CreateRuntime);
        Check("createContainer", hooks.CreateContainer);
        Check("startContainer", hooks.StartContainer);
        Check("poststart", hooks.Poststart);
        Check("poststop", hooks.Poststop);

        void Check(string kind, IReadOnlyList<Hook> group)
        {
            problems.CheckCount($"$.hooks.{kind}", group.Count, MaxEntries);
            for (int i = 0; i < group.Count && i < MaxEntries; i++)
            {
                if (!group[i].Path.StartsWith('/'))
                {
                    problems.Add($"$.hooks.{kind}[{i}].path", "must be an absolute path");
                }

                if (group[i].Timeout is <= 0)
                {
                    problems.Add($"$.hooks.{kind}[{i}].timeout", "must be greater than 0");
                }

                problems.CheckText($"$.hooks.{kind}[{i}].path", group[i].Path);
                problems.CheckTexts($"$.hooks.{kind}[{i}].args", group[i].Args);
                problems.CheckTexts($"$.hooks.{kind}[{i}].env", group[i].Env);
            }
        }
    }

    private static void CheckLinux(LinuxSpec linux, SpecProblems problems)
    {
        problems.CheckText("$.linux.cgroupsPath", linux.CgroupsPath);
        problems.CheckTexts("$.linux.maskedPaths", linux.MaskedPaths);
        problems.CheckTexts("$.linux.readonlyPaths", linux.ReadonlyPaths);
        var seen = new HashSet<string>();
        for (int i = 0; i < linux.Namespaces.Count; i++)
        {
            LinuxNamespace entry = linux.Namespaces[i];
            if (!NamespaceTypes.Contains(entry.Type))
            {
                problems.Add($"$.linux.namespaces[{i}].type", $"\"{Printable.Escape(entry.Type, maxLength: 32)}\" is no namespace");
            }
            else if (!seen.Add(entry.Type))
            {
                problems.Add($"$.linux.namespaces[{i}].type", $"{entry.Type} is there twice");
            }

            problems.CheckText($"$.linux.namespaces[{i}].path", entry.Path);
        }

        problems.CheckCount("$.linux.devices", linux.Devices.Count, MaxEntries);
        for (int i = 0; i < linux.Devices.Count && i < MaxEntries; i++)
        {
            LinuxDevice device = linux.Devices[i];
            if (!device.Path.StartsWith('/'))
            {
                problems.Add($"$.linux.devices[{i}].path", "must be an absolute path");
            }

            if (device.Type is not ("b" or "c" or "u" or "p"))
            {
                problems.Add($"$.linux.devices[{i}].type", "must be b, c, u or p");
            }

            problems.CheckText($"$.linux.devices[{i}].path", device.Path);
        }
    }
}
