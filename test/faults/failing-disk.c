// A disk that fails, for a program under test: calls on files whose name ends in FAILING_FILE give errno FAILING_ERRNO, from
// the call on that would bring the bytes written to FAILING_AFTER. FAILING_CALL is pwrite or fsync.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long written;

static int is_meant(int file, const char *call) {
  const char *name = getenv("FAILING_FILE"), *wanted = getenv("FAILING_CALL");
  if (!name || !wanted || strcmp(wanted, call) != 0) return 0;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path);
  size_t end = strlen(name);
  return length >= (ssize_t)end && memcmp(path + length - end, name, end) == 0;
}

static int fails(void) {
  errno = atoi(getenv("FAILING_ERRNO"));
  return -1;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t offset) {
  static ssize_t (*real)(int, const void *, size_t, off_t);
  if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
  if (is_meant(file, "pwrite")) {
    written += count;
    if (written >= atol(getenv("FAILING_AFTER"))) return fails();
  }
  return real(file, bytes, count, offset);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  return pwrite64(file, bytes, count, offset);
}

int fsync(int file) {
  static int (*real)(int);
  if (!real) real = dlsym(RTLD_NEXT, "fsync");
  return is_meant(file, "fsync") ? fails() : real(file);
}
