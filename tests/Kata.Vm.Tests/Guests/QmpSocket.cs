using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Kata.Linux;
using Kata.Linux.Sockets;

namespace Kata.Vm.Tests.Guests;

/// <summary>QEMU's monitor for tests: commands by name, events by name. One command at a time.</summary>
public sealed class QmpSocket : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;
    private readonly List<JsonElement> _events = [];

    private QmpSocket(NetworkStream stream)
    {
        _stream = stream;
        _reader = new StreamReader(stream, Encoding.UTF8);
    }

    /// <summary>Runs a command.</summary>
    /// <param name="command">Its name: <c>device_add</c>.</param>
    /// <param name="arguments">An object whose members are the arguments. For names with a dash, a dictionary.</param>
    /// <returns>What it returned.</returns>
    /// <exception cref="InvalidOperationException">QEMU refused it; the message says why.</exception>
    public async Task<JsonElement> ExecuteAsync(string command, object? arguments = null)
    {
        string line = JsonSerializer.Serialize(new Dictionary<string, object> { ["execute"] = command, ["arguments"] = arguments ?? new { } });
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), TestContext.Current.CancellationToken);
        while (true)
        {
            JsonElement message = await ReadAsync();
            if (message.TryGetProperty("event", out _))
            {
                _events.Add(message);
            }
            else if (message.TryGetProperty("error", out JsonElement error))
            {
                throw new InvalidOperationException($"{line}: {error}");
            }
            else if (message.TryGetProperty("return", out JsonElement result))
            {
                return result;
            }
        }
    }

    /// <summary>Waits for an event, or takes it from those that came before.</summary>
    /// <param name="name">Its name: <c>DEVICE_DELETED</c>.</param>
    /// <param name="match">Which one; any if null.</param>
    public async Task<JsonElement> WaitAsync(string name, Func<JsonElement, bool>? match = null)
    {
        while (true)
        {
            int index = _events.FindIndex(e => e.GetProperty("event").GetString() == name && (match is null || match(e.GetProperty("data"))));
            if (index >= 0)
            {
                JsonElement found = _events[index];
                _events.RemoveAt(index);
                return found;
            }

            _events.Add(await ReadAsync());
        }
    }

    /// <summary>Plugs a raw disk image: its node is <c>node-ID</c>, its device ID.</summary>
    /// <param name="id">The device.</param>
    /// <param name="path">The image.</param>
    /// <param name="device">The other properties of the device: driver, bus.</param>
    public async Task AddDiskAsync(string id, string path, Dictionary<string, object> device)
    {
        await ExecuteAsync("blockdev-add", new Dictionary<string, object>
        {
            ["driver"] = "raw",
            ["node-name"] = "node-" + id,
            ["file"] = new { driver = "file", filename = path },
        });
        await ExecuteAsync("device_add", new Dictionary<string, object>(device) { ["id"] = id, ["drive"] = "node-" + id });
    }

    /// <summary>Unplugs a device and waits until the guest has let it go.</summary>
    public async Task RemoveAsync(string id)
    {
        bool IsGone(JsonElement data) => data.TryGetProperty("device", out JsonElement device) && device.GetString() == id;
        await ExecuteAsync("device_del", new { id });
        await WaitAsync("DEVICE_DELETED", IsGone);
    }

    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
    }

    internal static async Task<QmpSocket> ConnectAsync(string path, Func<bool> ended, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        Socket? socket;
        while ((socket = TryConnect(path)) is null)
        {
            if (ended())
            {
                throw new InvalidOperationException("QEMU ended at once");
            }

            await Task.Delay(5, deadline.Token);
        }

        var qmp = new QmpSocket(new NetworkStream(socket, ownsSocket: true));
        await qmp.ReadAsync(); // the greeting
        await qmp.ExecuteAsync("qmp_capabilities");
        return qmp;
    }

    // The socket is there a moment before QEMU listens on it.
    private static Socket? TryConnect(string path)
    {
        try
        {
            return UnixSockets.Connect(path);
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ECONNREFUSED)
        {
            return null;
        }
    }

    private async Task<JsonElement> ReadAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        string line = await _reader.ReadLineAsync(deadline.Token) ?? throw new InvalidOperationException("QEMU closed its monitor");
        return JsonSerializer.Deserialize<JsonElement>(line);
    }
}
