// Runs a program whose system calls can be made to fail, one at a time: "inject SOCKET PROGRAM...". Whoever connects to the socket writes a number N, and the Nth
// call from then on of those below fails with EIO, counted over all threads of the program, those of its children left out. Every number is answered with how
// many calls were counted for the number before.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

// What changes files and mounts, and the lookups before it. openat and the like are left alone: they are the .NET runtime's too.
static const int calls[] = {SYS_mount, SYS_open_tree, SYS_move_mount, SYS_mount_setattr, SYS_mkdirat, SYS_mknodat, SYS_openat2, SYS_fchmodat,
                            SYS_fchownat, SYS_renameat2, SYS_symlinkat, SYS_statx, SYS_utimensat, SYS_setns, SYS_unshare};
enum { Calls = sizeof calls / sizeof *calls };

static int install(void) {
  struct sock_filter filter[Calls + 3];
  filter[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (int i = 0; i < Calls; i++) filter[i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], Calls - i, 0);
  filter[Calls + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  filter[Calls + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
  struct sock_fprog program = {Calls + 3, filter};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static int is_thread_of(int thread, int process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%d", process, thread);
  return access(path, F_OK) == 0;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

int main(int count, char **words) {
  int pair[2], ready[2];
  if (count < 3 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || pipe(ready)) die("inject");
  int program = fork();
  if (program == 0) {
    char go;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int listener = install();
    if (listener < 0 || write(pair[1], &listener, sizeof listener) < 0 || read(ready[0], &go, 1) != 1) die("seccomp");
    close(listener); // the parent has it
    execvp(words[2], words + 2);
    die(words[2]);
  }
  int number, listener = -1;
  if (read(pair[0], &number, sizeof number) == sizeof number) listener = syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, program, 0), number, 0);
  if (listener < 0) die("pidfd_getfd");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, words[1], sizeof address.sun_path - 1);
  int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), control = -1;
  if (bind(server, (void *)&address, sizeof address) || listen(server, 1) || write(ready[1], "", 1) != 1) die(words[1]);
  long counted = 0, wanted = 0;
  for (;;) {
    struct pollfd waits[] = {{listener, POLLIN, 0}, {control < 0 ? server : control, POLLIN, 0}};
    if (poll(waits, 2, -1) < 0) die("poll");
    if (waits[0].revents & POLLHUP) break; // the program has ended
    if (waits[1].revents && control < 0) {
      control = accept(server, 0, 0);
    } else if (waits[1].revents) {
      char text[32] = "";
      if (read(control, text, sizeof text - 1) <= 0) {
        close(control);
        control = -1;
      } else {
        dprintf(control, "%ld\n", counted);
      }
      counted = 0;
      wanted = atol(text);
    }
    if (waits[0].revents & POLLIN) {
      struct seccomp_notif call = {0};
      if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) continue;
      struct seccomp_notif_resp answer = {.id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
      if (is_thread_of(call.pid, program) && ++counted == wanted) answer = (struct seccomp_notif_resp){.id = call.id, .error = -EIO};
      ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
  }
  int status;
  waitpid(program, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
