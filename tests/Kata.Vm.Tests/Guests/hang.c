// A file server in a container that stops answering. "hang root": it never answers at all. "hang below": it answers until something is mounted on a directory
// of it, and then no more, so that every lookup of that directory waits for ever.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int device;

static void answer(struct fuse_in_header *in, void *body, int length) {
  struct fuse_out_header out = {.len = sizeof out + length, .unique = in->unique};
  struct iovec parts[] = {{&out, sizeof out}, {body, length}};
  if (writev(device, parts, 2) < 0) perror("writev");
}

static void serve(void) {
  static char buffer[200000];
  struct fuse_attr directory = {.ino = 2, .mode = S_IFDIR | 0755, .nlink = 2};
  struct fuse_in_header *in = (void *)buffer;
  for (;;) {
    if (read(device, buffer, sizeof buffer) <= 0) return;
    if (in->opcode == FUSE_INIT) {
      struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 65536};
      answer(in, &init, sizeof init);
    } else if (in->opcode == FUSE_LOOKUP) {
      struct fuse_entry_out entry = {.nodeid = 2, .generation = 1, .attr = directory}; // valid for no time: each lookup asks again
      answer(in, &entry, sizeof entry);
    } else if (in->opcode == FUSE_GETATTR) {
      struct fuse_attr_out attributes = {.attr = directory};
      attributes.attr.ino = in->nodeid;
      answer(in, &attributes, sizeof attributes);
    } else if (in->opcode == FUSE_STATFS || in->opcode == FUSE_ACCESS) {
      struct fuse_statfs_out empty = {0};
      answer(in, &empty, in->opcode == FUSE_ACCESS ? 0 : sizeof empty);
    }
  }
}

int main(int count, char **words) {
  char options[100];
  mkdir("/dev/fs", 0755);
  mknod("/dev/fuse", S_IFCHR | 0600, 10 << 8 | 229);
  device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (device < 0) return perror("/dev/fuse"), 1;
  snprintf(options, sizeof options, "fd=%d,rootmode=40755,user_id=0,group_id=0", device);
  if (mount("hang", "/dev/fs", "fuse", 0, options)) return perror("mount fuse"), 1;
  if (count > 1 && !strcmp(words[1], "below")) {
    int pid = fork();
    if (pid == 0) {
      serve();
      _exit(0);
    }
    if (mount("tmpfs", "/dev/fs/sub", "tmpfs", 0, "")) return perror("mount tmpfs"), 1;
    kill(pid, 19); // SIGSTOP
  }
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}
