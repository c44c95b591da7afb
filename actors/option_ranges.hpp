#pragma once

#include <chrono>
#include <cstdint>

namespace bqs {

/// The values that an option may have.
template <class T>
struct option_range {
  T least;
  T most;
};

// What a node can work with, whether its options come from a program or from
// a configuration file. Each is called as its setting is.
namespace ranges {

using namespace std::chrono_literals;

using number = option_range<std::uint64_t>;
using time = option_range<std::chrono::milliseconds>;

inline constexpr std::uint64_t KiB = 1u << 10;
inline constexpr std::uint64_t MiB = 1u << 20;
inline constexpr std::uint64_t GiB = 1u << 30;

inline constexpr time bigquery_timeout{100ms, 1h};
inline constexpr time bigquery_connect_timeout{10ms, 1h};
inline constexpr time bigquery_write_timeout{10ms, 1h};
inline constexpr time bigquery_answer_timeout{10ms, 1h};
inline constexpr number bigquery_max_answer_bytes{64 * KiB, 256 * MiB};

inline constexpr number batch_rows{1, 50'000};
inline constexpr number batch_bytes{1, 9 * MiB};
inline constexpr time batch_age{1ms, 24h};
inline constexpr number batch_max_rows{1, 50'000};
inline constexpr number batch_max_bytes{KiB, 9 * MiB};

inline constexpr number failures_window{KiB, GiB};

inline constexpr number dead_letters_file_bytes{4 * KiB, 64 * GiB};

inline constexpr time receipts_keep_for{0ms, 168h};
inline constexpr number receipts_window{1, 1'000'000};

inline constexpr time retry_base{1ms, 1h};
inline constexpr time retry_cap{1ms, 24h};
inline constexpr time retry_max_age{0ms, 720h};
inline constexpr time retry_missing_table_grace{0ms, 24h};
inline constexpr number retry_probe_rows{1, 50'000};
inline constexpr number retry_bisect_requests{0, 100'000};

inline constexpr number dispatch_max_in_flight{1, 1024};
inline constexpr number dispatch_start_in_flight{0, 1024};

inline constexpr number streamers_per_table{1, 64};
inline constexpr time streamers_idle{10ms, 24h};

inline constexpr number budget_max_buffered_bytes{64 * KiB, 1024 * GiB};
inline constexpr number budget_max_block_bytes{4 * KiB, GiB};

inline constexpr time drain_timeout{0ms, 24h};

} // namespace ranges

} // namespace bqs
