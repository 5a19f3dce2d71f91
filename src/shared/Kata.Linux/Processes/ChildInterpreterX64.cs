namespace Kata.Linux.Processes;

/// <summary>The child interpreter in x86-64 machine code; <see cref="ChildInterpreter"/> says what it does.</summary>
/// <remarks>System V calling convention; registers: rbx the block, r12 the step, r13 its index. The system call instruction clobbers rax, rcx and r11 only.</remarks>
internal static class ChildInterpreterX64
{
    /// <summary>Position-independent code; a test assembles it anew from its source and compares.</summary>
    internal static ReadOnlySpan<byte> Code =>
    [
        // entry:
        0x53,                                                         // push rbx
        0x48, 0x89, 0xfb,                                             // mov rbx,rdi
        0xb8, 0x0e, 0x00, 0x00, 0x00,                                 // mov eax,0xe
        0xbf, 0x02, 0x00, 0x00, 0x00,                                 // mov edi,0x2
        0x48, 0x8d, 0x73, 0x40,                                       // lea rsi,[rbx+0x40]
        0x48, 0x8d, 0x53, 0x48,                                       // lea rdx,[rbx+0x48]
        0x41, 0xba, 0x08, 0x00, 0x00, 0x00,                           // mov r10d,0x8
        0x0f, 0x05,                                                   // syscall
        0x48, 0x8b, 0x43, 0x50,                                       // mov rax,QWORD PTR [rbx+0x50]
        0x48, 0x8b, 0x3b,                                             // mov rdi,QWORD PTR [rbx]
        0x48, 0x8b, 0x73, 0x08,                                       // mov rsi,QWORD PTR [rbx+0x8]
        0x48, 0x8b, 0x53, 0x10,                                       // mov rdx,QWORD PTR [rbx+0x10]
        0x45, 0x31, 0xd2,                                             // xor r10d,r10d
        0x45, 0x31, 0xc0,                                             // xor r8d,r8d
        0x0f, 0x05,                                                   // syscall
        0x48, 0x85, 0xc0,                                             // test rax,rax
        0x74, 0x20,                                                   // je child
        0x49, 0x89, 0xc0,                                             // mov r8,rax
        0xb8, 0x0e, 0x00, 0x00, 0x00,                                 // mov eax,0xe
        0xbf, 0x02, 0x00, 0x00, 0x00,                                 // mov edi,0x2
        0x48, 0x8d, 0x73, 0x48,                                       // lea rsi,[rbx+0x48]
        0x31, 0xd2,                                                   // xor edx,edx
        0x41, 0xba, 0x08, 0x00, 0x00, 0x00,                           // mov r10d,0x8
        0x0f, 0x05,                                                   // syscall
        0x4c, 0x89, 0xc0,                                             // mov rax,r8
        0x5b,                                                         // pop rbx
        0xc3,                                                         // ret
        // child:
        0x4c, 0x8b, 0x63, 0x18,                                       // mov r12,QWORD PTR [rbx+0x18]
        0x45, 0x31, 0xed,                                             // xor r13d,r13d
        // next:
        0x4c, 0x3b, 0x6b, 0x20,                                       // cmp r13,QWORD PTR [rbx+0x20]
        0x73, 0x61,                                                   // jae exhausted
        0x49, 0x8b, 0x7c, 0x24, 0x08,                                 // mov rdi,QWORD PTR [r12+0x8]
        0x49, 0x8b, 0x44, 0x24, 0x38,                                 // mov rax,QWORD PTR [r12+0x38]
        0x48, 0x85, 0xc0,                                             // test rax,rax
        0x74, 0x03,                                                   // je arguments
        0x48, 0x8b, 0x38,                                             // mov rdi,QWORD PTR [rax]
        // arguments:
        0x49, 0x8b, 0x74, 0x24, 0x10,                                 // mov rsi,QWORD PTR [r12+0x10]
        0x49, 0x8b, 0x54, 0x24, 0x18,                                 // mov rdx,QWORD PTR [r12+0x18]
        0x4d, 0x8b, 0x54, 0x24, 0x20,                                 // mov r10,QWORD PTR [r12+0x20]
        0x4d, 0x8b, 0x44, 0x24, 0x28,                                 // mov r8,QWORD PTR [r12+0x28]
        0x4d, 0x8b, 0x4c, 0x24, 0x30,                                 // mov r9,QWORD PTR [r12+0x30]
        0x49, 0x8b, 0x04, 0x24,                                       // mov rax,QWORD PTR [r12]
        0x0f, 0x05,                                                   // syscall
        0x49, 0x8b, 0x4c, 0x24, 0x40,                                 // mov rcx,QWORD PTR [r12+0x40]
        0x48, 0x85, 0xc9,                                             // test rcx,rcx
        0x74, 0x03,                                                   // je judge
        0x48, 0x89, 0x01,                                             // mov QWORD PTR [rcx],rax
        // judge:
        0x49, 0x3b, 0x44, 0x24, 0x48,                                 // cmp rax,QWORD PTR [r12+0x48]
        0x7d, 0x13,                                                   // jge advance
        0x48, 0xf7, 0xd8,                                             // neg rax
        0x48, 0x3d, 0xbf, 0x00, 0x00, 0x00,                           // cmp rax,0xbf
        0x77, 0x13,                                                   // ja failed
        0x49, 0x0f, 0xa3, 0x44, 0x24, 0x50,                           // bt QWORD PTR [r12+0x50],rax
        0x73, 0x0b,                                                   // jae failed
        // advance:
        0x49, 0x83, 0xc4, 0x68,                                       // add r12,0x68
        0x49, 0xff, 0xc5,                                             // inc r13
        0xeb, 0x99,                                                   // jmp next
        // exhausted:
        0x31, 0xc0,                                                   // xor eax,eax
        // failed:
        0x48, 0x8b, 0x73, 0x30,                                       // mov rsi,QWORD PTR [rbx+0x30]
        0x4c, 0x89, 0x2e,                                             // mov QWORD PTR [rsi],r13
        0x48, 0x89, 0x46, 0x08,                                       // mov QWORD PTR [rsi+0x8],rax
        0x48, 0x8b, 0x7b, 0x28,                                       // mov rdi,QWORD PTR [rbx+0x28]
        0x48, 0x8b, 0x53, 0x38,                                       // mov rdx,QWORD PTR [rbx+0x38]
        0xb8, 0x01, 0x00, 0x00, 0x00,                                 // mov eax,0x1
        0x0f, 0x05,                                                   // syscall
        // leave:
        0xb8, 0xe7, 0x00, 0x00, 0x00,                                 // mov eax,0xe7
        0xbf, 0x7f, 0x00, 0x00, 0x00,                                 // mov edi,0x7f
        0x0f, 0x05,                                                   // syscall
        0xeb, 0xf2,                                                   // jmp leave
    ];
}
