/*
 * A storage account with one container on 127.0.0.1, as cheap as can be: it lists its blobs as the service does (List
 * Blobs XML, pages, prefix, marker) and gives them out (Content-Length, ETag, If-Match), each answer after a set time.
 * The blobs are files under a folder, or made up: then blob i consists of numbers drawn from a generator seeded with i,
 * so that a million of them take no disk. One thread, epoll; it prints its port when it listens.
 *
 *   store-server files NAMES-FILE FOLDER DELAY-MICROSECONDS
 *   store-server made-up NAMES-FILE COUNT BYTES DELAY-MICROSECONDS     (writes the names file)
 */
#include "names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/sha.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_BYTES = 16384, PAGE_ENTRIES = 5000, EVENTS = 128, HEAD_ROOM = 1024, ENTRY_ROOM = 1024 };

/* Every blob was made at this time; nginx makes the same ETags of it and the size. */
static const long made_at = 1780308000;
static const char made_at_text[] = "Mon, 01 Jun 2026 10:00:00 GMT";

typedef struct {
  unsigned char digest[DIGEST_BYTES];
  uint32_t seed;
  long size;
} Blob;

typedef struct Connection {
  int socket;
  int is_closed;
  int is_answering;
  long due;
  struct Connection *next;
  size_t request_length;
  char *answer;
  size_t answer_length, answer_sent;
  int file;
  off_t file_sent;
  long file_left;
  char request[REQUEST_BYTES];
} Connection;

static Blob *blobs;
static size_t blob_count;
static const char *folder;
static long delay;
static Connection *first_waiting, *last_waiting;

static void stop(const char *what) {
  perror(what);
  exit(1);
}

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000L + time.tv_nsec / 1000;
}

/* ---- what the container holds ---- */

static void name_of(const Blob *blob, char *name) {
  char hex[DIGEST_HEX + 1];
  to_hex(blob->digest, hex);
  sprintf(name, "sha256/%.2s/%.2s/%s", hex, hex + 2, hex);
}

/* Fills the content of a made-up blob; the generator is splitmix64. */
static void make_content(uint32_t seed, unsigned char *content, long size) {
  uint64_t state = (uint64_t)seed << 32;
  for (long at = 0; at < size; at += 8) {
    uint64_t mixed = state += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    mixed ^= mixed >> 31;
    memcpy(content + at, &mixed, size - at < 8 ? (size_t)(size - at) : 8);
  }
}

static int by_digest(const void *a, const void *b) {
  return memcmp(((const Blob *)a)->digest, ((const Blob *)b)->digest, DIGEST_BYTES);
}

static void make_up(const char *names_file, size_t count, long size) {
  unsigned char *content = need(malloc((size_t)size));
  blobs = need(calloc(count, sizeof(Blob)));
  blob_count = count;
  for (size_t index = 0; index < count; index++) {
    blobs[index] = (Blob){.seed = (uint32_t)index, .size = size};
    make_content((uint32_t)index, content, size);
    SHA256(content, (size_t)size, blobs[index].digest);
  }
  free(content);
  qsort(blobs, count, sizeof(Blob), by_digest);
  FILE *file = fopen(names_file, "w");
  if (file == NULL) stop(names_file);
  for (size_t index = 0; index < count; index++) {
    char name[128];
    name_of(&blobs[index], name);
    fprintf(file, "%s  %s\n", strrchr(name, '/') + 1, name);
  }
  if (fclose(file) != 0) stop(names_file);
}

static int digest_of(const char *hex, unsigned char *digest) {
  for (int at = 0; at < DIGEST_BYTES; at++) {
    unsigned byte;
    if (sscanf(hex + 2 * at, "%2x", &byte) != 1) return 0;
    digest[at] = (unsigned char)byte;
  }
  return 1;
}

static void read_files(const char *names_file) {
  Names names = read_names(names_file);
  blobs = need(calloc(names.count, sizeof(Blob)));
  blob_count = names.count;
  for (size_t index = 0; index < names.count; index++) {
    char path[1024];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", folder, names.items[index].path);
    if (stat(path, &status) != 0 || !digest_of(names.items[index].hex, blobs[index].digest)) stop(path);
    blobs[index].size = status.st_size;
  }
}

/* The first blob whose name is not before a text: digests are in the order of names. */
static size_t lower_bound(const char *text) {
  size_t low = 0, high = blob_count;
  while (low < high) {
    char name[128];
    size_t middle = (low + high) / 2;
    name_of(&blobs[middle], name);
    if (strcmp(name, text) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* ---- answers ---- */

static void answer_head(Connection *connection, const char *status, const char *type, long length, const char *etag) {
  connection->answer_length += (size_t)sprintf(
      connection->answer,
      "HTTP/1.1 %s\r\nContent-Length: %ld\r\nContent-Type: %s\r\nLast-Modified: %s\r\nAccept-Ranges: bytes\r\n%s%s%s"
      "Server: Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0\r\nx-ms-request-id: 0d2b1c7e-b01e-0034-5b3a-7e0c2f000000\r\n"
      "x-ms-version: 2021-12-02\r\nx-ms-creation-time: %s\r\nx-ms-lease-status: unlocked\r\nx-ms-lease-state: available\r\n"
      "x-ms-blob-type: BlockBlob\r\nx-ms-server-encrypted: true\r\nDate: %s\r\n\r\n",
      status, length, type, made_at_text, *etag == 0 ? "" : "ETag: \"", etag, *etag == 0 ? "" : "\"\r\n", made_at_text,
      made_at_text);
}

static void answer_empty(Connection *connection, const char *status) {
  connection->answer = need(malloc(HEAD_ROOM));
  answer_head(connection, status, "text/plain", 0, "");
}

static void etag_of(const Blob *blob, char *etag) { sprintf(etag, "%lx-%lx", made_at, blob->size); }

static char *append_entry(char *at, const Blob *blob) {
  char name[128], etag[64];
  name_of(blob, name);
  etag_of(blob, etag);
  return at + sprintf(at,
                      "<Blob><Name>%s</Name><Properties><Creation-Time>%s</Creation-Time><Last-Modified>%s</Last-Modified>"
                      "<Etag>%s</Etag><Content-Length>%ld</Content-Length><Content-Type>application/octet-stream"
                      "</Content-Type><Content-Encoding /><Content-Language /><Content-CRC64 />"
                      "<Content-MD5>sQqNsWTgdUEFt6mb5y4/5Q==</Content-MD5><Cache-Control /><Content-Disposition />"
                      "<BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier><AccessTierInferred>true"
                      "</AccessTierInferred><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>"
                      "<ServerEncrypted>true</ServerEncrypted></Properties><OrMetadata /></Blob>",
                      name, made_at_text, made_at_text, etag, blob->size);
}

/* The value of a field of a query, percent-decoded; empty if it is not there. */
static void field_of(const char *query, const char *field, char *value, size_t room) {
  size_t length = strlen(field), used = 0;
  const char *at = query;
  while (at != NULL && !(strncmp(at, field, length) == 0 && at[length] == '=')) {
    at = strchr(at, '&');
    if (at != NULL) at++;
  }
  for (at = at == NULL ? "" : at + length + 1; *at != 0 && *at != '&' && used + 1 < room; at++) {
    unsigned byte;
    if (*at == '%' && sscanf(at + 1, "%2x", &byte) == 1) {
      value[used++] = (char)byte;
      at += 2;
    } else value[used++] = *at;
  }
  value[used] = 0;
}

static void answer_list(Connection *connection, const char *query) {
  char prefix[256], start[256], marker[64], most[16];
  field_of(query, "prefix", prefix, sizeof prefix);
  field_of(query, "startFrom", start, sizeof start);
  field_of(query, "marker", marker, sizeof marker);
  field_of(query, "maxresults", most, sizeof most);
  size_t wanted = *most == 0 ? PAGE_ENTRIES : strtoul(most, NULL, 10);
  if (wanted == 0 || wanted > PAGE_ENTRIES) wanted = PAGE_ENTRIES;
  size_t first = lower_bound(strcmp(start, prefix) > 0 ? start : prefix);
  size_t from = *marker == 0 ? first : strtoul(marker, NULL, 10), entries = 0;
  char *body = need(malloc((wanted + 2) * ENTRY_ROOM));
  char *at = body;
  at += sprintf(at,
                "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults "
                "ServiceEndpoint=\"http://127.0.0.1/devstoreaccount1\" ContainerName=\"files\">"
                "<MaxResults>%zu</MaxResults><Blobs>",
                wanted);
  int is_more = 0;
  for (size_t index = from; index < blob_count; index++) {
    char name[128];
    name_of(&blobs[index], name);
    if (strncmp(name, prefix, strlen(prefix)) != 0) break;
    if (entries == wanted) {
      is_more = 1;
      break;
    }
    at = append_entry(at, &blobs[index]);
    entries++;
  }
  at += is_more ? sprintf(at, "</Blobs><NextMarker>%zu</NextMarker></EnumerationResults>", from + entries)
                : sprintf(at, "</Blobs><NextMarker /></EnumerationResults>");
  size_t length = (size_t)(at - body);
  connection->answer = need(malloc(HEAD_ROOM + length));
  answer_head(connection, "200 OK", "application/xml", (long)length, "");
  memcpy(connection->answer + connection->answer_length, body, length);
  connection->answer_length += length;
  free(body);
}

static const Blob *find_blob(const char *path) {
  const char *last = strrchr(path, '/');
  Blob wanted;
  if (last == NULL || strlen(last + 1) != DIGEST_HEX || !digest_of(last + 1, wanted.digest)) return NULL;
  return bsearch(&wanted, blobs, blob_count, sizeof(Blob), by_digest);
}

static void answer_content(Connection *connection, const Blob *blob, const char *etag) {
  connection->answer = need(malloc(HEAD_ROOM + (folder == NULL ? (size_t)blob->size : 0)));
  answer_head(connection, "200 OK", "application/octet-stream", blob->size, etag);
  if (folder == NULL) {
    make_content(blob->seed, (unsigned char *)connection->answer + connection->answer_length, blob->size);
    connection->answer_length += (size_t)blob->size;
    return;
  }
  char name[128], path[1024];
  name_of(blob, name);
  snprintf(path, sizeof path, "%s/%s", folder, name);
  connection->file = open(path, O_RDONLY);
  if (connection->file < 0) stop(path);
  connection->file_sent = 0;
  connection->file_left = blob->size;
}

static void answer_blob(Connection *connection, const char *path, const char *if_match) {
  const Blob *blob = find_blob(path);
  if (blob == NULL) {
    answer_empty(connection, "404 The specified blob does not exist.");
    return;
  }
  char etag[64];
  etag_of(blob, etag);
  if (if_match != NULL && (if_match[0] != '"' || strncmp(if_match + 1, etag, strlen(etag)) != 0))
    answer_empty(connection, "412 The condition specified is not met.");
  else answer_content(connection, blob, etag);
}

/* ---- connections ---- */

static void close_connection(Connection *connection) {
  if (connection->socket >= 0) close(connection->socket);
  if (connection->file >= 0) close(connection->file);
  connection->socket = connection->file = -1;
  connection->is_closed = 1;
}

static void free_closed(Connection *connection) {
  if (!connection->is_closed) return;
  free(connection->answer);
  free(connection);
}

/* Sends what the socket takes; the answer is done when nothing is left. */
static void send_on(Connection *connection) {
  while (connection->answer_sent < connection->answer_length) {
    ssize_t sent = send(connection->socket, connection->answer + connection->answer_sent,
                        connection->answer_length - connection->answer_sent,
                        MSG_NOSIGNAL | (connection->file_left > 0 ? MSG_MORE : 0));
    if (sent < 0 && errno == EAGAIN) return;
    if (sent <= 0) {
      close_connection(connection);
      return;
    }
    connection->answer_sent += (size_t)sent;
  }
  while (connection->file_left > 0) {
    size_t piece = connection->file_left > (1 << 20) ? 1 << 20 : (size_t)connection->file_left;
    ssize_t sent = sendfile(connection->socket, connection->file, &connection->file_sent, piece);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent <= 0) {
      close_connection(connection);
      return;
    }
    connection->file_left -= sent;
  }
  if (connection->file >= 0) close(connection->file);
  connection->file = -1;
  free(connection->answer);
  connection->answer = NULL;
  connection->answer_length = connection->answer_sent = 0;
  connection->is_answering = 0;
}

static void begin_answer(Connection *connection) {
  char *end = strstr(connection->request, "\r\n\r\n") + 4;
  size_t length = (size_t)(end - connection->request);
  char path[2048] = "", *if_match = strcasestr(connection->request, "\r\nif-match:");
  sscanf(connection->request, "%*s %2047s", path);
  char *query = strchr(path, '?');
  if (query != NULL) *query++ = 0;
  if (if_match != NULL && if_match < end) if_match += strlen("\r\nif-match:") + (if_match[11] == ' ');
  else if_match = NULL;
  if (strncmp(connection->request, "GET ", 4) != 0) answer_empty(connection, "405 Only GET is served");
  else if (query != NULL && strstr(query, "comp=list") != NULL) answer_list(connection, query);
  else answer_blob(connection, path, if_match);
  memmove(connection->request, end, connection->request_length - length + 1);
  connection->request_length -= length;
  send_on(connection);
}

/* A complete request waits its time; all wait equally long, so the first to come is the first to be answered. */
static void queue_request(Connection *connection) {
  if (connection->is_answering || strstr(connection->request, "\r\n\r\n") == NULL) return;
  connection->is_answering = 1;
  if (delay == 0) {
    begin_answer(connection);
    return;
  }
  connection->due = now() + delay;
  connection->next = NULL;
  if (first_waiting == NULL) first_waiting = connection;
  else last_waiting->next = connection;
  last_waiting = connection;
}

static void answer_due(void) {
  while (first_waiting != NULL && first_waiting->due <= now()) {
    Connection *connection = first_waiting;
    first_waiting = connection->next;
    connection->due = 0;
    if (!connection->is_closed) begin_answer(connection);
    free_closed(connection);
  }
}

static void receive(Connection *connection) {
  for (;;) {
    size_t room = REQUEST_BYTES - 1 - connection->request_length;
    ssize_t length = recv(connection->socket, connection->request + connection->request_length, room, 0);
    if (length < 0 && errno == EAGAIN) break;
    if (length <= 0) {
      close_connection(connection);
      return;
    }
    connection->request_length += (size_t)length;
    connection->request[connection->request_length] = 0;
  }
  queue_request(connection);
}

static void accept_all(int listener, int poll) {
  for (;;) {
    int handle = accept4(listener, NULL, NULL, SOCK_NONBLOCK), one = 1;
    if (handle < 0) return;
    setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    Connection *connection = need(calloc(1, sizeof *connection));
    connection->socket = handle;
    connection->file = -1;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
    epoll_ctl(poll, EPOLL_CTL_ADD, handle, &event);
  }
}

static void serve(Connection *connection, uint32_t events) {
  if (events & EPOLLIN) receive(connection);
  if (!connection->is_closed && (events & EPOLLOUT) && connection->is_answering && connection->due == 0) {
    send_on(connection);
    if (!connection->is_closed) queue_request(connection);
  }
  /* One that waits is freed when its turn comes. */
  if (connection->due == 0) free_closed(connection);
}

static int listen_somewhere(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 4096) != 0) stop("listen");
  if (getsockname(listener, (struct sockaddr *)&address, &length) != 0) stop("getsockname");
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

static struct timespec time_to_next(void) {
  if (first_waiting == NULL) return (struct timespec){1, 0};
  long left = first_waiting->due - now();
  if (left < 0) left = 0;
  return (struct timespec){left / 1000000, left % 1000000 * 1000};
}

int main(int count, char **arguments) {
  signal(SIGPIPE, SIG_IGN);
  if (count == 5 && strcmp(arguments[1], "files") == 0) {
    folder = arguments[3];
    read_files(arguments[2]);
  } else if (count == 6 && strcmp(arguments[1], "made-up") == 0)
    make_up(arguments[2], strtoul(arguments[3], NULL, 10), atol(arguments[4]));
  else {
    fprintf(stderr, "usage: see the head of store-server.c\n");
    return 1;
  }
  delay = atol(arguments[count - 1]);
  int listener = listen_somewhere(), poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    struct epoll_event events[EVENTS];
    struct timespec wait = time_to_next();
    int ready = epoll_pwait2(poll, events, EVENTS, &wait, NULL);
    for (int index = 0; index < ready; index++) {
      if (events[index].data.ptr == NULL) accept_all(listener, poll);
      else serve(events[index].data.ptr, events[index].events);
    }
    answer_due();
  }
}
