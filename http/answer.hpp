#pragma once

#include <cstdint>
#include <string>

namespace bqs::http {

/// How far an exchange got. Everything but `answered` means that there is no
/// answer to read; the distinction tells whether the service may have acted.
enum class reach : std::uint8_t {
  /// No byte of the request left: connect, TLS or DNS failed.
  not_sent,
  /// The connection ended while the body was being written.
  body_cut,
  /// The body was written whole; no byte of an answer came.
  body_sent,
  /// Some of the answer came, then it was cut, stalled or too large.
  answer_cut,
  /// A whole answer.
  answered,
};

/// What came back for one request, before anybody judges it.
struct answer {
  http::reach reach = reach::not_sent;
  /// The peer answered before it had read the whole body.
  bool early = false;
  /// A time limit ended the exchange, the whole one's or, after connecting,
  /// that of a step.
  bool timed_out = false;
  /// `connection::cancel` ended the exchange.
  bool cancelled = false;
  /// The answer outgrew its bound and was given up.
  bool answer_too_large = false;
  /// Bytes of the request's body that the kernel took.
  std::uint64_t body_written = 0;
  /// Meaningful only with `reach::answered`.
  int status = 0;
  std::string body;
  /// The `Retry-After` header as it came; empty if absent.
  std::string retry_after;
  /// `Metadata-Flavor`, by which Google's metadata server is known.
  std::string metadata_flavor;
  /// With `reach::not_sent`: a proxy refused with this status to let us
  /// through; 0 if none did.
  int proxy_status = 0;
  /// One line for people about a transport failure; empty otherwise.
  std::string error;
};

} // namespace bqs::http
