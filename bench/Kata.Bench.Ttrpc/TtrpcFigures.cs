namespace Kata.Bench.Ttrpc;

/// <summary>What a run found. Times in microseconds.</summary>
/// <param name="EchoMedian">One raw round trip over the same kind of socket, asynchronous on both sides.</param>
/// <param name="SerialMedian">One unary call after the other.</param>
/// <param name="SerialP99">The slowest hundredth of them begins here.</param>
/// <param name="SerialRatio">Serial median to echo median.</param>
/// <param name="ConcurrentPerSecond">Unary calls per second with 64 in flight.</param>
/// <param name="ConcurrentPerCall">The same as time per call.</param>
/// <param name="BytesPerCall">What the client allocates for one serial call.</param>
internal sealed record TtrpcFigures(
    double EchoMedian, double SerialMedian, double SerialP99, double SerialRatio, double ConcurrentPerSecond, double ConcurrentPerCall, long BytesPerCall);
