/*
 * The floor over TLS: one keep-alive connection, GETs of names known beforehand, SSL_read with read-ahead into one
 * buffer, SHA-256, and the comparison with the name. The server's certificate is not verified: it is thrown away after
 * the run, and verifying it costs the same for everybody.
 *
 *   floor-tls PORT BASE-PATH NAMES-FILE
 */
#include "names.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER_BYTES = 256 * 1024 };

static unsigned char buffer[BUFFER_BYTES + 1];

static void stop(const char *what) {
  fprintf(stderr, "floor-tls: %s\n", what);
  exit(1);
}

static SSL *connect_to(int port) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, BUFFER_BYTES);
  int handle = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (handle < 0 || connect(handle, (struct sockaddr *)&address, sizeof address) != 0) stop("cannot connect");
  setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  SSL *connection = SSL_new(context);
  SSL_set_fd(connection, handle);
  if (SSL_connect(connection) != 1) stop("no TLS connection");
  return connection;
}

static void request(SSL *connection, const char *base_path, const Name *name) {
  char text[1024];
  int length = snprintf(text, sizeof text,
                        "GET %s/%s?sv=2021-12-02&sig=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\n"
                        "Host: 127.0.0.1\r\nx-ms-version: 2021-12-02\r\n\r\n",
                        base_path, name->path);
  if (SSL_write(connection, text, length) != length) stop("a request could not be sent");
}

static int receive(SSL *connection, size_t from) {
  int length = SSL_read(connection, buffer + from, (int)(BUFFER_BYTES - from));
  if (length <= 0) stop("the connection was closed");
  return length;
}

/* Reads one answer and hashes its body; returns the body's length. */
static long hash_answer(SSL *connection, EVP_MD_CTX *hash) {
  size_t received = 0;
  char *end = NULL;
  while (end == NULL) {
    received += (size_t)receive(connection, received);
    buffer[received] = 0;
    end = strstr((char *)buffer, "\r\n\r\n");
    if (end == NULL && received == BUFFER_BYTES) stop("an answer's head is too long");
  }
  char *field = strcasestr((char *)buffer, "\r\ncontent-length:");
  if (strncmp((char *)buffer, "HTTP/1.1 200", 12) != 0 || field == NULL || field > end) stop((char *)buffer);
  long total = atol(field + strlen("\r\ncontent-length:"));
  long length = (long)received - (end + 4 - (char *)buffer);
  EVP_DigestUpdate(hash, end + 4, (size_t)length);
  for (long left = total - length; left > 0; left -= length) {
    length = receive(connection, 0);
    EVP_DigestUpdate(hash, buffer, (size_t)length);
  }
  return total;
}

int main(int count, char **arguments) {
  if (count != 4) stop("usage: floor-tls PORT BASE-PATH NAMES-FILE");
  Names names = read_names(arguments[3]);
  SSL *connection = connect_to(atoi(arguments[1]));
  EVP_MD_CTX *hash = need(EVP_MD_CTX_new());
  unsigned long long bytes = 0;
  size_t wrong = 0;
  for (size_t index = 0; index < names.count; index++) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[DIGEST_HEX + 1];
    request(connection, arguments[2], &names.items[index]);
    EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    bytes += (unsigned long long)hash_answer(connection, hash);
    EVP_DigestFinal_ex(hash, digest, NULL);
    to_hex(digest, hex);
    if (memcmp(hex, names.items[index].hex, DIGEST_HEX) != 0) wrong++;
  }
  printf("{\"blobs\":%zu,\"bytes\":%llu,\"wrong\":%zu}\n", names.count, bytes, wrong);
  return wrong != 0;
}
