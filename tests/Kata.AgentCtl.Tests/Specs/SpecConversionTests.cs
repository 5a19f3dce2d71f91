using System.Text;
using Kata.AgentCtl.Specs;
using Kata.Oci.Runtime;
using Kata.Primitives;
using Proto = Kata.Protocols.Oci;

namespace Kata.AgentCtl.Tests.Specs;

public sealed class SpecConversionTests
{
    [Fact]
    public void Load_RelativeRoot_CountsFromTheBundle()
    {
        using var bundle = new TemporaryDirectory();
        bundle.Write("config.json", """{"ociVersion": "1.0.2", "root": {"path": "rootfs"}}""");

        Assert.Equal(Path.Combine(bundle.Path, "rootfs"), BundleSpec.LoadBundle(bundle.Path).Root!.Path);
    }

    [Fact]
    public void Convert_EverythingTheProtocolHas_IsCarriedOver()
    {
        Proto.Spec spec = Convert("""
            {
              "ociVersion": "1.0.2", "hostname": "h", "root": {"path": "/r", "readonly": true}, "annotations": {"a": "b"},
              "process": {
                "terminal": true, "consoleSize": {"height": 3, "width": 4}, "user": {"uid": 1, "gid": 2, "additionalGids": [3]}, "args": ["a"], "env": ["B=c"], "cwd": "/w",
                "capabilities": {"bounding": ["CAP_KILL"], "ambient": ["CAP_CHOWN"]}, "rlimits": [{"type": "RLIMIT_CORE", "hard": 5, "soft": 4}],
                "noNewPrivileges": true, "apparmorProfile": "p", "oomScoreAdj": -7, "selinuxLabel": "s"
              },
              "mounts": [{"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid"]}],
              "hooks": {"prestart": [{"path": "/h", "args": ["h"], "env": ["A=b"], "timeout": 9}], "startContainer": [{"path": "/s"}]},
              "linux": {
                "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}], "sysctl": {"net.ipv4.ip_forward": "1"}, "cgroupsPath": "/c",
                "namespaces": [{"type": "pid"}, {"type": "network", "path": "/n"}], "devices": [{"path": "/dev/x", "type": "c", "major": 1, "minor": 2, "fileMode": 438}],
                "maskedPaths": ["/m"], "readonlyPaths": ["/o"], "rootfsPropagation": "slave", "mountLabel": "l", "intelRdt": {"l3CacheSchema": "L3:0=f"},
                "seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [{"names": ["reboot"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13,
                  "args": [{"index": 1, "value": 2, "valueTwo": 3, "op": "SCMP_CMP_EQ"}]}]},
                "resources": {
                  "memory": {"limit": 1, "reservation": 2, "swap": 3, "kernel": 4, "kernelTCP": 5, "swappiness": 6, "disableOOMKiller": true},
                  "cpu": {"shares": 1, "quota": 2, "period": 3, "realtimeRuntime": 4, "realtimePeriod": 5, "cpus": "0", "mems": "0"}, "pids": {"limit": 9},
                  "blockIO": {"weight": 10, "throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 7}]}, "hugepageLimits": [{"pageSize": "2MB", "limit": 8}],
                  "network": {"classID": 3, "priorities": [{"name": "eth0", "priority": 2}]},
                  "devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 5, "access": "r"}]
                }
              }
            }
            """);

        // What the protocol writes is easier to compare as a whole than field by field.
        string text = spec.ToString();
        foreach (string part in (string[])
                 [
                     "\"Hostname\": \"h\"", "\"Path\": \"/r\", \"Readonly\": true", "\"Annotations\": { \"a\": \"b\" }", "\"ConsoleSize\": { \"Height\": 3, \"Width\": 4 }",
                     "\"UID\": 1, \"GID\": 2, \"AdditionalGids\": [ 3 ]", "\"Bounding\": [ \"CAP_KILL\" ]", "\"Ambient\": [ \"CAP_CHOWN\" ]", "\"Type\": \"RLIMIT_CORE\", \"Hard\": \"5\", \"Soft\": \"4\"",
                     "\"ApparmorProfile\": \"p\", \"OOMScoreAdj\": \"-7\", \"SelinuxLabel\": \"s\"", "\"Prestart\": [ { \"Path\": \"/h\", \"Args\": [ \"h\" ], \"Env\": [ \"A=b\" ], \"Timeout\": \"9\" } ]",
                     "\"StartContainer\": [ { \"Path\": \"/s\" } ]", "\"HostID\": 1000, \"Size\": 10", "\"Sysctl\": { \"net.ipv4.ip_forward\": \"1\" }", "{ \"Type\": \"network\", \"Path\": \"/n\" }",
                     "\"FileMode\": 438", "\"MaskedPaths\": [ \"/m\" ], \"ReadonlyPaths\": [ \"/o\" ]", "\"RootfsPropagation\": \"slave\"", "\"MountLabel\": \"l\"", "\"L3CacheSchema\": \"L3:0=f\"",
                     "\"errnoret\": 13, \"Args\": [ { \"Index\": \"1\", \"Value\": \"2\", \"ValueTwo\": \"3\", \"Op\": \"SCMP_CMP_EQ\" } ]", "\"Swappiness\": \"6\", \"DisableOOMKiller\": true",
                     "\"Cpus\": \"0\", \"Mems\": \"0\"", "\"Pids\": { \"Limit\": \"9\" }", "\"Rate\": \"7\"", "\"Pagesize\": \"2MB\"", "\"ClassID\": 3", "\"Major\": \"5\", \"Minor\": \"-1\"",
                 ])
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
        }

        Assert.Equal((0, 0), (spec.Linux.Resources.Devices[0].Major, spec.Linux.Resources.Devices[0].Minor));
    }

    [Fact]
    public void Convert_FieldsOfOurOwn_AreCarriedOver()
    {
        Proto.Spec spec = Convert("""
            {
              "domainname": "d", "mounts": [{"destination": "/m", "uidMappings": [{"containerID": 0, "hostID": 7, "size": 1}]}],
              "process": {"cwd": "/", "user": {"umask": 23}, "ioPriority": {"class": "IOPRIO_CLASS_IDLE", "priority": 3}, "scheduler": {"policy": "SCHED_BATCH", "nice": 5}},
              "linux": {
                "personality": {"domain": "LINUX32"}, "timeOffsets": {"boottime": {"secs": 4, "nanosecs": 5}}, "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38},
                "resources": {"unified": {"memory.high": "1"}, "cpu": {"idle": 1, "burst": 9}, "rdma": {"mlx5_0": {"hcaHandles": 3}}}
              }
            }
            """);

        Assert.Equal(("d", 7u, 23u), (spec.Domainname, spec.Mounts[0].UIDMappings[0].HostID, spec.Process.User.Umask));
        Assert.Equal(("IOPRIO_CLASS_IDLE", "SCHED_BATCH", 5), (spec.Process.IOPriority.Class, spec.Process.Scheduler.Policy, spec.Process.Scheduler.Nice));
        Assert.Equal(("LINUX32", 4L, 38u), (spec.Linux.Personality.Domain, spec.Linux.TimeOffsets["boottime"].Secs, spec.Linux.Seccomp.DefaultErrnoRet));
        Assert.Equal(("1", 1L, 9ul, 3u), (spec.Linux.Resources.Unified["memory.high"], spec.Linux.Resources.CPU.Idle, spec.Linux.Resources.CPU.Burst, spec.Linux.Resources.Rdma["mlx5_0"].HcaHandles));
    }

    [Theory]
    [InlineData("""{"process": {"cwd": "/", "execCPUAffinity": {"initial": "0"}}}""", "process.execCPUAffinity")]
    [InlineData("""{"linux": {"resources": {"memory": {"useHierarchy": true, "checkBeforeUpdate": true}}}}""", "linux.resources.memory.useHierarchy, linux.resources.memory.checkBeforeUpdate")]
    [InlineData("""{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/l"}}}""", "linux.seccomp.listenerPath")]
    public void Convert_WhatTheProtocolLacks_IsRefusedByName(string json, string names)
    {
        KataException error = Assert.Throws<KataException>(() => Convert(json));

        Assert.Equal(ErrorCode.Unsupported, error.Code);
        Assert.Equal($"config.json: the agent's protocol has no field for {names}; take it out", error.Message);
    }

    private static Proto.Spec Convert(string json) => SpecConversion.Convert(OciJson.ReadSpec(Encoding.UTF8.GetBytes(json)));
}
