using Kata.Oci.Images;
using Kata.Oci.Runtime;
using Kata.Primitives;

namespace Kata.Oci.Fuzz;

/// <summary>Any bytes as any of the documents: they are read, or refused with InvalidArgument, and what was read can be checked and written.</summary>
public static class OciSpecFuzzTarget
{
    /// <summary>Runs once.</summary>
    /// <param name="data">Any bytes.</param>
    public static void Run(ReadOnlySpan<byte> data)
    {
        byte[] copy = data.ToArray();
        if (Read(() => OciJson.ReadSpec(copy)) is { } spec)
        {
            _ = SpecValidator.Problems(spec);
            byte[] written = OciJson.WriteSpec(spec);
            if (!OciJson.WriteSpec(OciJson.ReadSpec(written)).AsSpan().SequenceEqual(written))
            {
                throw new InvalidOperationException("a written document reads back as another one");
            }
        }

        Read(() => OciJson.ReadProcess(copy));
        Read(() => OciJson.ReadResources(copy));
        Read(() => OciJson.ReadState(copy));
        Read(() => ImageJson.ReadIndex(copy, "index"));
        Read(() => ImageJson.ReadManifest(copy, "manifest"));
        Read(() => ImageJson.ReadConfig(copy, "config"));
        Read(() => ImageJson.ReadDockerManifest(copy, "manifest.json"));
    }

    private static T? Read<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (KataException error) when (error.Code == ErrorCode.InvalidArgument)
        {
            return null;
        }
    }
}
