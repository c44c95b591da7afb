#pragma once

#include <array>
#include <cstddef>
#include <string>

#include <httplib.h>

namespace bqs::sandbox {

/// The server's side of one connection, as the HTTP library sees it. Answers
/// are held back until `flush`, so that they leave in one piece, or not at
/// all.
class wire final : public httplib::Stream {
public:
  explicit wire(int fd) : fd_(fd) {
    // nop
  }

  /// Waits for the next request; false if there is none.
  bool wait_for_request();

  /// Sends what was held back.
  bool flush();

  /// Drops what is held back, and all that follows.
  void mute();

  /// The head is read, its bound does not hold for what follows.
  void head_done() {
    head_ = false;
  }

  /// The peer left or stalled in the middle of something.
  bool broken() const {
    return broken_;
  }

  /// Half-closes, then swallows what still comes for a while, so that the
  /// peer can read the answer before it learns that nobody listens.
  void linger();

  // -- what the library calls -------------------------------------------------

  bool is_readable() const override {
    return true; // `read` waits by itself
  }

  bool is_writable() const override {
    return true;
  }

  ssize_t read(char* to, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;

  void get_remote_ip_and_port(std::string&, int&) const override {
    // nop
  }

  void get_local_ip_and_port(std::string&, int&) const override {
    // nop
  }

  socket_t socket() const override {
    return fd_;
  }

private:
  bool wait(short events, int milliseconds) const;

  int fd_;
  bool broken_ = false;
  bool muted_ = false;
  bool head_ = true;
  /// Bytes of the head so far.
  std::size_t given_ = 0;
  std::string out_;
  std::size_t pos_ = 0;
  std::size_t end_ = 0;
  std::array<char, 65536> in_;
};

} // namespace bqs::sandbox
