#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "http/answer.hpp"
#include "http/framing.hpp"
#include "http/guarded_stream.hpp"
#include "http/waiter.hpp"

namespace bqs::http {

/// What is known of the exchange under way, until it is an answer.
struct exchange {
  exchange(const waiter& until, std::chrono::milliseconds total,
           std::size_t size)
    : patience(until), limit(total), body_size(size) {
    // nop
  }

  /// Whether it is over before it has begun.
  bool stopped();

  /// Keeps what `stream` saw beyond its life.
  void note(const guarded_stream& stream);

  /// Says how far it got, and why not farther.
  /// @param whole the library has read an answer to its end.
  void conclude(bool whole);

  waiter patience;
  std::chrono::milliseconds limit;
  std::size_t body_size;
  answer result;
  framing frame;
  /// Why the connection broke, or why the answer was given up.
  std::string fault;
  /// How long nothing moved, if that ended it.
  std::chrono::milliseconds stood_still{0};
  std::size_t written = 0;
  std::size_t received = 0;
  bool leftover = false;
  bool at_empty_line = false;

private:
  reach how_far(bool whole) const;
  std::string cause() const;
  std::string story() const;
};

} // namespace bqs::http
