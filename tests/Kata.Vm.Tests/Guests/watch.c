// Reads a ConfigMap volume as fast as it can until its content is "end", as programs do it: through "..data" held open, and through the links in the volume. Says
// what was missing or mixed, and how many versions and how many events of the swap it saw.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

static int errors, versions, events;

static void complain(const char *what, const char *version) {
  if (errors++ < 5) printf("%s in %s: %s\n", what, version, strerror(errno));
}

static int slurp(int directory, const char *name, char *text, int size) {
  int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  int length = read(fd, text, size - 1);
  close(fd);
  if (length < 0) return -1;
  text[length] = 0;
  return length;
}

static void count_events(int watch) {
  char buffer[8192] __attribute__((aligned(8)));
  int length = read(watch, buffer, sizeof buffer);
  for (int at = 0; at < length;) {
    struct inotify_event *event = (void *)(buffer + at);
    events += !strcmp(event->name, "..data");
    at += sizeof *event + event->len;
  }
}

int main(int count, char **words) {
  char a[64] = "", b[64], c[64], last[64] = "";
  int top = open(words[1], O_PATH | O_DIRECTORY);
  int watch = inotify_init1(IN_NONBLOCK);
  if (count < 2 || top < 0 || inotify_add_watch(watch, words[1], IN_MOVED_TO) < 0) return perror(words[1]), 1;
  printf("watching\n");
  fflush(stdout);
  while (strcmp(a, "end")) {
    int data = openat(top, "..data", O_PATH | O_DIRECTORY);
    if (data < 0) {
      complain("..data", last);
      continue;
    }
    for (volatile int i = 0; i < 20000; i++); // a program has something to do between opening a directory and reading in it
    if (slurp(data, "a", a, sizeof a) < 0 || slurp(data, "b", b, sizeof b) < 0) complain("held file", last);
    else if (strcmp(a, b)) complain("mixture", a);
    if (slurp(top, "a", c, sizeof c) <= 0) complain("linked file", last);
    close(data);
    versions += strcmp(a, last) != 0;
    strcpy(last, a);
    count_events(watch);
  }
  printf("versions %s, events %s, errors %d\n", versions > 2 ? "many" : "few", events > 1 ? "many" : "few", errors);
}
