#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <httplib.h>

#include "sandbox/transport.hpp"

namespace bqs::sandbox {

/// How long a peer may be silent.
struct patience {
  /// Between two requests.
  std::chrono::milliseconds idle{600'000};
  /// From the first byte of a head to its end, and between parts of a body.
  std::chrono::milliseconds request{30'000};
};

/// The server's side of one connection, as the HTTP library sees it. Answers
/// are held back until `flush`, so that they leave in one piece, or not at
/// all.
class wire final : public httplib::Stream {
public:
  explicit wire(int fd) : wire(fd, std::make_unique<plain_transport>(fd)) {
    // nop
  }

  /// @param line carries the bytes of `fd`.
  wire(int fd, std::unique_ptr<transport> line, patience waits = {})
    : fd_(fd), line_(std::move(line)), waits_(waits) {
    // nop
  }

  /// Waits for the next request; false if there is none.
  bool wait_for_request();

  /// Sends what was held back.
  bool flush();

  /// Sends the first bytes of it.
  bool flush(std::size_t size);

  /// Holds all back from now on, however much it is.
  void hold() {
    held_ = true;
  }

  /// What is held back.
  const std::string& held() const {
    return out_;
  }

  /// Drops what is held back, and all that follows.
  void mute();

  /// The head is read, its bound does not hold for what follows.
  void head_done() {
    head_ = false;
  }

  /// The peer left in the middle of something, or does not read.
  bool broken() const {
    return broken_;
  }

  /// The rest of a request did not come in time; nothing more is read.
  bool late() const {
    return late_;
  }

  /// Puts another answer in the place of what is held back.
  void replace(std::string answer) {
    out_ = std::move(answer);
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
  using clock = std::chrono::steady_clock;

  int fd_;
  std::unique_ptr<transport> line_;
  patience waits_;
  bool broken_ = false;
  bool late_ = false;
  bool muted_ = false;
  bool held_ = false;
  bool head_ = false;
  clock::time_point head_end_;
  /// Bytes of the head so far.
  std::size_t given_ = 0;
  std::string out_;
  std::size_t pos_ = 0;
  std::size_t end_ = 0;
  std::array<char, 65536> in_;
};

} // namespace bqs::sandbox
