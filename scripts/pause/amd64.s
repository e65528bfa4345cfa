# The pause container's only process, for amd64: it sleeps until SIGTERM or SIGINT, reaps whatever ends below it, and exits with 0.
# As process 1 it would not even get a signal that it neither blocks nor handles, so it blocks all and takes them one by one.
    .intel_syntax noprefix
    .globl _start
_start:
    mov eax, 14                 # rt_sigprocmask(SIG_BLOCK, all, 0, 8)
    xor edi, edi
    lea rsi, [rip + all]
    xor edx, edx
    mov r10d, 8
    syscall
next:
    mov eax, 128                # rt_sigtimedwait(all, 0, 0, 8): the number of the signal
    lea rdi, [rip + all]
    xor esi, esi
    xor edx, edx
    mov r10d, 8
    syscall
    cmp eax, 15                 # SIGTERM
    je end
    cmp eax, 2                  # SIGINT
    je end
reap:
    mov eax, 61                 # wait4(-1, 0, WNOHANG, 0)
    mov rdi, -1
    xor esi, esi
    mov edx, 1
    xor r10d, r10d
    syscall
    test eax, eax
    jg reap
    jmp next
end:
    mov eax, 60                 # exit(0)
    xor edi, edi
    syscall
    .balign 8
all:
    .quad -1
