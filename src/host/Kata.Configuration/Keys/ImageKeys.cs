using static Kata.Configuration.Keys.ConfigurationKey;

namespace Kata.Configuration.Keys;

internal static class ImageKeys
{
    internal static KeyTable Table { get; } = new(KeyCatalog.Image, "Placeholders of older versions for pulling images inside the guest.",
    [
        new("Offloading",
        [
            Flag("service_offload", false, "Pull container images inside the guest.").Ignored(),
            Text("provision", string.Empty, "How pulled images are provisioned.").Ignored(),
        ]),
    ]);
}
