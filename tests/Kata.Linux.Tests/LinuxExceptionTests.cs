using Kata.Primitives;

namespace Kata.Linux.Tests;

public sealed class LinuxExceptionTests
{
    [Theory]
    [InlineData(Errno.ENOENT, ErrorCode.NotFound)]
    [InlineData(Errno.EROFS, ErrorCode.PermissionDenied)]
    [InlineData(Errno.ENOTDIR, ErrorCode.InvalidArgument)]
    [InlineData(Errno.ELOOP, ErrorCode.InvalidArgument)]
    [InlineData(Errno.ENAMETOOLONG, ErrorCode.InvalidArgument)]
    [InlineData(Errno.EBUSY, ErrorCode.FailedPrecondition)]
    [InlineData(Errno.ENODEV, ErrorCode.FailedPrecondition)]
    [InlineData(Errno.ENETUNREACH, ErrorCode.FailedPrecondition)]
    [InlineData(Errno.EAGAIN, ErrorCode.ResourceExhausted)]
    [InlineData(Errno.EFAULT, ErrorCode.Internal)]
    [InlineData(Errno.EBADF, ErrorCode.Internal)]
    public void CodeOf_WhatTheKernelRefuses_IsNoFaultOfOurs(Errno errno, ErrorCode code) => Assert.Equal(code, LinuxException.CodeOf(errno));
}
