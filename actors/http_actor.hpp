#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/internal.hpp"
#include "http/body.hpp"
#include "http/endpoint.hpp"
#include "http/transport_options.hpp"

namespace bqs {

/// Longer than any fetch of a token takes: a program may run for two minutes,
/// and up to three requests of 15 s come behind it.
inline constexpr std::chrono::minutes longest_token_wait{3};

/// What an http actor is told at start.
struct http_options {
  http::endpoint where;
  http::transport_options how;
  /// Total deadline of one request.
  std::chrono::milliseconds timeout{60'000};
  /// Most bytes of an answer.
  std::size_t max_answer_bytes = 16u << 20;
  /// Pack bodies with gzip.
  bool compress = false;
};

/// An http actor, and how to end its request from outside.
struct http_worker {
  http_actor handle;
  std::function<void()> cancel;
};

/// Makes http actors; tests bring their own.
using http_factory = std::function<http_worker()>;

/// Spawns a detached HTTP ACTOR with a connection of its own.
http_worker spawn_http_actor(caf::actor_system& sys,
                             const http_options& options, token_actor tokens);

/// Builds the body of `rows` in `builder`. Rows that are bad by themselves are
/// left out and reported. Pure.
struct packed_batch {
  std::vector<local_fault> faults;
  /// Rows from here on did not fit.
  std::uint32_t unsent_from = 0;
  /// Position in the batch of each row in the body; empty: the same.
  std::vector<std::uint32_t> positions;
};

packed_batch pack(http::body_builder& builder, const batch& rows,
                  const insert_options& options);

} // namespace bqs
