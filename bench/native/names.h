/* The names of a corpus: lines of `sha256sum`, "<64 hex digits>  <path>", in the order of the paths. */
#ifndef NAMES_H
#define NAMES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_BYTES = 32, DIGEST_HEX = 64 };

typedef struct {
  char hex[DIGEST_HEX + 1];
  char *path;
} Name;

typedef struct {
  Name *items;
  size_t count;
} Names;

static void *need(void *memory) {
  if (memory != NULL) return memory;
  fprintf(stderr, "out of memory\n");
  exit(1);
}

static Names read_names(const char *file) {
  FILE *input = fopen(file, "r");
  if (input == NULL) {
    perror(file);
    exit(1);
  }
  Names names = {NULL, 0};
  size_t room = 0;
  char line[512];
  while (fgets(line, sizeof line, input) != NULL) {
    line[strcspn(line, "\n")] = 0;
    if (strlen(line) < DIGEST_HEX + 3) continue;
    if (names.count == room) {
      room = room == 0 ? 1024 : 2 * room;
      names.items = need(realloc(names.items, room * sizeof(Name)));
    }
    Name *name = &names.items[names.count++];
    memcpy(name->hex, line, DIGEST_HEX);
    name->hex[DIGEST_HEX] = 0;
    name->path = need(strdup(line + DIGEST_HEX + 2));
  }
  fclose(input);
  return names;
}

static void to_hex(const unsigned char *bytes, char *hex) {
  static const char digits[] = "0123456789abcdef";
  for (int at = 0; at < DIGEST_BYTES; at++) {
    hex[2 * at] = digits[bytes[at] >> 4];
    hex[2 * at + 1] = digits[bytes[at] & 15];
  }
  hex[DIGEST_HEX] = 0;
}

#endif
