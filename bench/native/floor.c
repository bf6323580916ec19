/*
 * The least that re-hashing a store over HTTP can cost: one thread, epoll, keep-alive GETs of names known beforehand,
 * recv() into one buffer that stays in the cache, OpenSSL's SHA-256, and the comparison with the name. No listing, no
 * records, no care: a scanner cannot be cheaper, only come close.
 *
 *   floor PORT BASE-PATH NAMES-FILE CONNECTIONS
 */
#include "names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_BYTES = 4096, BUFFER_BYTES = 1024 * 1024, EVENTS = 64 };

typedef struct {
  int socket;
  int is_in_body;
  size_t head_length;
  long left;
  char head[HEAD_BYTES];
  const Name *name;
  EVP_MD_CTX *hash;
} Connection;

static Names names;
static size_t next_name, done, wrong;
static unsigned long long bytes;
static const char *base_path;

static void stop(const char *what) {
  fprintf(stderr, "floor: %s\n", what);
  exit(1);
}

static void request_next(Connection *connection) {
  if (next_name == names.count) return;
  connection->name = &names.items[next_name++];
  char request[1024];
  int length = snprintf(request, sizeof request,
                        "GET %s/%s?sv=2021-12-02&sig=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\n"
                        "Host: 127.0.0.1\r\nx-ms-version: 2021-12-02\r\n\r\n",
                        base_path, connection->name->path);
  if (write(connection->socket, request, (size_t)length) != length) stop("a request could not be sent");
  connection->is_in_body = 0;
  connection->head_length = 0;
  EVP_DigestInit_ex(connection->hash, EVP_sha256(), NULL);
}

static void finish(Connection *connection) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  char hex[DIGEST_HEX + 1];
  EVP_DigestFinal_ex(connection->hash, digest, NULL);
  to_hex(digest, hex);
  if (memcmp(hex, connection->name->hex, DIGEST_HEX) != 0) wrong++;
  done++;
  request_next(connection);
}

/* Takes what belongs to the head; returns how many bytes that were, or -1 while it is not complete. */
static ssize_t take_head(Connection *connection, const char *data, size_t length) {
  size_t room = HEAD_BYTES - 1 - connection->head_length;
  size_t taken = length < room ? length : room;
  memcpy(connection->head + connection->head_length, data, taken);
  connection->head[connection->head_length + taken] = 0;
  char *end = strstr(connection->head, "\r\n\r\n");
  if (end == NULL) {
    if (taken == room) stop("an answer's head is too long");
    connection->head_length += taken;
    return -1;
  }
  char *field = strcasestr(connection->head, "\r\ncontent-length:");
  if (strncmp(connection->head, "HTTP/1.1 200", 12) != 0 || field == NULL || field > end) stop(connection->head);
  connection->left = atol(field + strlen("\r\ncontent-length:"));
  connection->is_in_body = 1;
  return end + 4 - connection->head - (ssize_t)connection->head_length;
}

static void receive(Connection *connection, char *buffer) {
  ssize_t length = recv(connection->socket, buffer, BUFFER_BYTES, MSG_DONTWAIT);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0) stop("a connection was closed");
  char *data = buffer;
  if (!connection->is_in_body) {
    ssize_t taken = take_head(connection, data, (size_t)length);
    if (taken < 0) return;
    data += taken;
    length -= taken;
  }
  EVP_DigestUpdate(connection->hash, data, (size_t)length);
  bytes += (size_t)length;
  connection->left -= length;
  if (connection->left == 0) finish(connection);
}

static int connect_to(int port) {
  int handle = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (handle < 0 || connect(handle, (struct sockaddr *)&address, sizeof address) != 0) stop("cannot connect");
  setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return handle;
}

int main(int count, char **arguments) {
  if (count != 5) stop("usage: floor PORT BASE-PATH NAMES-FILE CONNECTIONS");
  base_path = arguments[2];
  names = read_names(arguments[3]);
  int connections = atoi(arguments[4]);
  char *buffer = need(malloc(BUFFER_BYTES));
  int poll = epoll_create1(0);
  for (int index = 0; index < connections; index++) {
    Connection *connection = need(calloc(1, sizeof *connection));
    connection->socket = connect_to(atoi(arguments[1]));
    connection->hash = need(EVP_MD_CTX_new());
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    epoll_ctl(poll, EPOLL_CTL_ADD, connection->socket, &event);
    request_next(connection);
  }
  while (done < names.count) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(poll, events, EVENTS, -1);
    for (int index = 0; index < ready; index++) receive(events[index].data.ptr, buffer);
  }
  printf("{\"blobs\":%zu,\"bytes\":%llu,\"wrong\":%zu}\n", done, bytes, wrong);
  return wrong != 0;
}
