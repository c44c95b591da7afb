#include "client/tls_handshake.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <openssl/ssl.h>

namespace bqs {

namespace {

/// One that is under way. Belongs to its `SSL`.
struct handshake {
  int fd;
  std::vector<std::function<void()>> then;
};

std::mutex guard;

/// By socket; under `guard`. Others may hand a socket on before they free what
/// was spoken there: the last one counts.
std::map<int, handshake*>& under_way() {
  static std::map<int, handshake*> result;
  return result;
}

/// Where an `SSL` keeps its handshake. Other threads may make one while we are
/// told the place.
std::atomic<int> place{-1};

void forget(const handshake* x) {
  auto i = under_way().find(x->fd);
  if (i != under_way().end() && i->second == x)
    under_way().erase(i);
}

void begin(SSL* ssl) {
  auto fd = SSL_get_fd(ssl);
  if (fd < 0 || SSL_get_ex_data(ssl, place) != nullptr)
    return;
  auto x = std::make_unique<handshake>(handshake{fd, {}});
  if (SSL_set_ex_data(ssl, place, x.get()) != 1)
    return;
  std::lock_guard lock{guard};
  under_way()[fd] = x.release();
}

void end(SSL* ssl, bool done) {
  std::unique_ptr<handshake> x{
    static_cast<handshake*>(SSL_get_ex_data(ssl, place))};
  if (!x)
    return;
  SSL_set_ex_data(ssl, place, nullptr);
  {
    std::lock_guard lock{guard};
    forget(x.get());
  }
  if (done)
    for (auto& f : x->then)
      f();
}

void on_progress(const SSL* const_ssl, int where, int result) {
  auto ssl = const_cast<SSL*>(const_ssl); // OpenSSL's own, which is not const
  if (auto others = SSL_CTX_get_info_callback(SSL_get_SSL_CTX(ssl)))
    others(ssl, where, result);
  if (where != SSL_CB_ACCEPT_EXIT && where != SSL_CB_CONNECT_EXIT)
    return;
  if (result > 0)
    end(ssl, true);
  else if (SSL_want_read(ssl))
    begin(ssl);
  else if (!SSL_want_write(ssl)) // else it goes on; the other end may be next
    end(ssl, false);
}

void on_new_connection(void* parent, void*, CRYPTO_EX_DATA*, int, long, void*) {
  SSL_set_info_callback(static_cast<SSL*>(parent), on_progress);
}

void on_freed_connection(void*, void* ptr, CRYPTO_EX_DATA*, int, long, void*) {
  std::unique_ptr<handshake> x{static_cast<handshake*>(ptr)};
  if (!x)
    return;
  std::lock_guard lock{guard};
  forget(x.get());
}

} // namespace

void follow_handshakes() {
  static std::once_flag once;
  std::call_once(once, [] {
    place = SSL_get_ex_new_index(0, nullptr, on_new_connection, nullptr,
                                 on_freed_connection);
  });
}

bool is_in_handshake(int fd) {
  std::lock_guard lock{guard};
  return under_way().contains(fd);
}

void after_handshake(int fd, std::function<void()> then) {
  std::lock_guard lock{guard};
  if (auto i = under_way().find(fd); i != under_way().end())
    i->second->then.push_back(std::move(then));
}

} // namespace bqs
