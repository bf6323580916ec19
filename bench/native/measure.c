/*
 * Runs a command and writes down what the kernel says that it cost: `measure FILE COMMAND [ARGUMENT ...]`. The figures
 * are those of wait4 for this one child with all its threads and its own waited-for children. The command's exit
 * status becomes the program's own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time) { return time.tv_sec + time.tv_usec / 1e6; }

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static int fail(const char *what) {
  perror(what);
  return 125;
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: measure FILE COMMAND [ARGUMENT ...]\n");
    return 125;
  }
  double begun = now();
  pid_t child = fork();
  if (child < 0) return fail("fork");
  if (child == 0) {
    execvp(arguments[2], arguments + 2);
    perror(arguments[2]);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (wait4(child, &status, 0, &usage) < 0) return fail("wait4");
  double wall = now() - begun;
  FILE *file = fopen(arguments[1], "w");
  if (file == NULL) return fail(arguments[1]);
  fprintf(file, "{\"user\":%.6f,\"system\":%.6f,\"wall\":%.6f,\"peakKiB\":%ld}\n", seconds(usage.ru_utime),
          seconds(usage.ru_stime), wall, usage.ru_maxrss);
  if (fclose(file) != 0) return fail(arguments[1]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
