#include "tests/end_to_end/raw_peer.hpp"

#include <array>
#include <memory>
#include <sstream>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <caf/atom.hpp>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace bqs::test {

namespace {

using namespace std::literals;

std::string big_endian(std::uint64_t x, int bytes) {
  std::string result;
  for (auto i = bytes - 1; i >= 0; --i)
    result += static_cast<char>(x >> (8 * i));
  return result;
}

/// OpenSSL tells what the keys are made of: `LABEL RANDOM SECRET`.
void note_secret(const SSL* ssl, const char* line) {
  std::istringstream words{line};
  std::string label;
  std::string random;
  std::string secret;
  words >> label >> random >> secret;
  if (label != "CLIENT_TRAFFIC_SECRET_0")
    return;
  auto& to = *static_cast<std::string*>(SSL_get_app_data(ssl));
  to.clear();
  for (std::size_t i = 0; i + 1 < secret.size(); i += 2)
    to += static_cast<char>(std::stoi(secret.substr(i, 2), nullptr, 16));
}

const unsigned char* bytes_of(const std::string& x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

/// HKDF-Expand-Label of RFC 8446, 7.1: up to 32 bytes.
std::string derived(const std::string& secret, const std::string& label,
                    std::size_t size) {
  auto name = "tls13 " + label;
  auto text = big_endian(size, 2) + big_endian(name.size(), 1) + name + "\0\1"s;
  std::string result(EVP_MAX_MD_SIZE, '\0');
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       bytes_of(text), text.size(),
       reinterpret_cast<unsigned char*>(result.data()), nullptr);
  return result.substr(0, size);
}

/// A record of TLS 1.3 (RFC 8446, 5.2), under AES-128-GCM.
/// @param inside the content, and a byte for its type
std::string sealed(const std::string& secret, std::uint64_t number,
                   const std::string& inside) {
  constexpr auto tag_size = 16;
  auto key = derived(secret, "key", 16);
  auto nonce = derived(secret, "iv", 12);
  for (std::size_t i = 0; i < 8; ++i)
    nonce[4 + i] ^= big_endian(number, 8)[i];
  auto head = "\x17\x03\x03"s + big_endian(inside.size() + tag_size, 2);
  auto size = static_cast<int>(inside.size());
  std::string out(inside.size() + tag_size, '\0');
  auto to = reinterpret_cast<unsigned char*>(out.data());
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> x{
    EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  auto n = 0;
  EVP_EncryptInit_ex(x.get(), EVP_aes_128_gcm(), nullptr, bytes_of(key),
                     bytes_of(nonce));
  EVP_EncryptUpdate(x.get(), nullptr, &n, bytes_of(head),
                    static_cast<int>(head.size()));
  EVP_EncryptUpdate(x.get(), to, &n, bytes_of(inside), size);
  EVP_EncryptFinal_ex(x.get(), to + n, &n);
  EVP_CIPHER_CTX_ctrl(x.get(), EVP_CTRL_GCM_GET_TAG, tag_size, to + size);
  return head + out;
}

} // namespace

raw_peer::raw_peer(std::uint16_t port, int buffer)
  : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (buffer > 0)
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to)),
            0);
  timeval most{60, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
  auto on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

std::string raw_peer::secure(const std::string& certificate,
                             const std::string& key) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  // Its keys are as long as SHA-256 makes them.
  SSL_CTX_set_ciphersuites(context_.get(), "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set_keylog_callback(context_.get(), note_secret);
  if (!certificate.empty()) {
    EXPECT_EQ(
      SSL_CTX_use_certificate_chain_file(context_.get(), certificate.c_str()),
      1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(),
                                          SSL_FILETYPE_PEM),
              1);
  }
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_fd(ssl_.get(), fd_.get());
  SSL_set_app_data(ssl_.get(), &secret_);
  return SSL_connect(ssl_.get()) == 1 ? "" : http::openssl_reason();
}

bool raw_peer::send(std::string_view bytes) {
  auto size = static_cast<ssize_t>(bytes.size());
  if (ssl_) {
    constexpr std::size_t largest = SSL3_RT_MAX_PLAIN_LENGTH;
    records_ += (bytes.size() + largest - 1) / largest;
    return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(size)) == size;
  }
  return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == size;
}

bool raw_peer::send_half_key_update() {
  // A message of a handshake, of type 24, that has one more byte.
  auto record = sealed(secret_, records_++, "\x18\0\0\1\x16"s);
  auto size = static_cast<ssize_t>(record.size());
  return ::send(fd_.get(), record.data(), record.size(), MSG_NOSIGNAL) == size;
}

std::string raw_peer::receive() {
  std::array<char, 4096> buffer{};
  ssize_t n = 0;
  if (ssl_)
    n = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
  else
    n = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
  return n > 0 ? std::string{buffer.data(), static_cast<std::size_t>(n)}
               : std::string{};
}

void raw_peer::end() {
  ::shutdown(fd_.get(), SHUT_WR);
}

bool raw_peer::hung_up() {
  errno = 0;
  while (!receive().empty()) {
    // more may come
  }
  return errno != EAGAIN; // else the time is over
}

std::string message_header(std::uint8_t operation, std::uint32_t size,
                           std::uint64_t data, std::uint64_t from,
                           std::uint64_t to) {
  return std::string{static_cast<char>(operation)} + std::string(3, '\0')
         + big_endian(size, 4) + big_endian(data, 8) + big_endian(from, 8)
         + big_endian(to, 8);
}

std::string node_name(std::uint32_t number) {
  return big_endian(static_cast<std::uint64_t>(caf::atom("default")), 8)
         + big_endian(number, 4) + std::string(20, 'h');
}

std::string greeting(std::uint32_t number, bool selects) {
  return greeting_of(node_name(number), selects);
}

std::string greeting_of(const std::string& name, bool selects) {
  auto header = message_header(1, static_cast<std::uint32_t>(name.size()));
  constexpr auto flags = 3;
  header[flags] = selects ? '\2' : '\0';
  return header + name;
}

std::string question(std::uint64_t to, std::uint64_t from) {
  return message_of("bqs::get_status", "\0"s, to, from);
}

std::string message_of(const std::string& type, const std::string& value,
                       std::uint64_t to, std::uint64_t from) {
  auto types = "@<>+" + type;
  auto content = "\0\0\0"s + static_cast<char>(types.size()) + types + value;
  constexpr auto number = 0x1000'0000'0000'0001;
  return message_header(2, static_cast<std::uint32_t>(content.size()), number,
                        from, to)
         + content;
}

std::uint64_t actor_in(const std::string& greeting) {
  auto byte = [&greeting](std::size_t at) {
    return static_cast<std::uint8_t>(greeting.at(at));
  };
  // Behind the header and the node's name: identifiers of applications.
  std::size_t at = 64;
  for (auto names = byte(at++); names > 0; --names)
    at += 1u + byte(at);
  std::uint64_t result = 0;
  for (auto end = at + 8; at < end; ++at)
    result = (result << 8) | byte(at);
  return result;
}

} // namespace bqs::test
