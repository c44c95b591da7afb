#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "sandbox/errors.hpp"
#include "sandbox/fault.hpp"
#include "sandbox/token_bucket.hpp"

namespace bqs::sandbox {

/// A quota fault at work: buckets for bytes and rows, of each project or each
/// table. From any thread.
class quota {
public:
  using time_point = token_bucket::time_point;

  explicit quota(const fault& x);

  /// Takes a request from its buckets, or refuses it and takes nothing.
  /// @param rows those with an insert id; others are free.
  std::optional<refusal> take(const table_name& at, std::size_t bytes,
                              std::size_t rows, time_point now);

private:
  /// Of one project or table; a bucket only for what is limited.
  struct account {
    std::optional<token_bucket> bytes;
    std::optional<token_bucket> rows;
  };

  account& account_of(const table_name& at, time_point now);
  refusal exceeded(const table_name& at, bool bytes) const;

  const fault what_;
  std::mutex mutex_;
  std::map<std::string, account> accounts_;
};

} // namespace bqs::sandbox
