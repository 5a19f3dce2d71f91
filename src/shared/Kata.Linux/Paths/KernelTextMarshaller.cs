using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace Kata.Linux.Paths;

/// <summary>Hands strings to the kernel as <see cref="KernelText"/> defines.</summary>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedIn, typeof(ToKernel))]
internal static unsafe class KernelTextMarshaller
{
    internal ref struct ToKernel
    {
        private byte* _start;
        private bool _allocated;

        public static int BufferSize => 512;

        public void FromManaged(string? text, Span<byte> buffer)
        {
            if (text is null)
            {
                return;
            }

            int size = KernelText.MaxBytes(text) + 1;
            if (size > buffer.Length)
            {
                buffer = new Span<byte>(NativeMemory.Alloc((nuint)size), size);
                _allocated = true;
            }

            buffer[KernelText.Encode(text, buffer)] = 0;

            // The generated caller's buffer is on its stack, and native memory does not move either.
            fixed (byte* start = buffer)
            {
                _start = start;
            }
        }

        public readonly byte* ToUnmanaged() => _start;

        public readonly void Free()
        {
            if (_allocated)
            {
                NativeMemory.Free(_start);
            }
        }
    }
}
