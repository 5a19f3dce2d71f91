namespace Kata.Ttrpc;

/// <summary>Code around a request. It must call <paramref name="next"/> at least once, or throw to refuse the request.</summary>
/// <param name="call">The request; its <see cref="TtrpcServerCall.Response"/> is there after <paramref name="next"/>.</param>
/// <param name="next">Runs the handler; a second call runs it again, and its reply replaces the first. What the handler throws comes out of it, and may be replaced or let through.</param>
public delegate Task TtrpcServerInterceptor(TtrpcServerCall call, Func<Task> next);
