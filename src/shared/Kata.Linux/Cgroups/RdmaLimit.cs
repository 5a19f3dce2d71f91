namespace Kata.Linux.Cgroups;

/// <summary>Limits of one RDMA device.</summary>
/// <param name="Device">Its name: <c>mlx5_0</c>.</param>
/// <param name="Handles">How many handles; null stays as it is.</param>
/// <param name="Objects">How many objects; null stays as it is.</param>
public sealed record RdmaLimit(string Device, uint? Handles, uint? Objects)
{
    /// <summary>The line for rdma.max.</summary>
    /// <exception cref="Kata.Primitives.KataException">InvalidArgument: the name is none.</exception>
    public override string ToString()
    {
        if (Device.Length is 0 or > 64 || Device.AsSpan().ContainsAny(" \n\t=\0"))
        {
            throw Kata.Primitives.KataException.Invalid($"'{Kata.Primitives.Printable.Escape(Device, 64)}' is no name of an RDMA device");
        }

        string handles = Handles is { } most ? $" hca_handle={most}" : string.Empty;
        return $"{Device}{handles}{(Objects is { } objects ? $" hca_object={objects}" : string.Empty)}";
    }
}
