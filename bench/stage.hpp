#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/process.hpp"
#include "bench/results.hpp"

namespace bqs::bench {

using namespace std::chrono_literals;

/// What every bench is given.
struct run {
  results found;
  /// Short runs that only show that all works.
  bool quick = false;
  /// Rounds of those benches that take the median.
  int rounds = 3;
  /// Directory with certificates: ca.crt, and peer.crt and peer.key for
  /// 127.0.0.1.
  std::string certificates;

  template <class T>
  T pick(T full, T when_quick) const {
    return quick ? when_quick : full;
  }
};

/// A process that others connect to.
struct service {
  process program;
  std::uint16_t port = 0;
  /// Of a sandbox.
  std::string url{};
};

/// A sandbox that keeps no rows.
/// @param tls with the certificate of `certificates`
service start_sandbox(const run& how, bool tls = false);

/// Replaces the faults of a sandbox without TLS: one a line, or none.
void set_faults(const service& box, const std::string& faults);

/// What a sandbox without TLS has done, over all tables.
struct sandbox_books {
  std::uint64_t committed = 0;
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;

  /// On the average; 0 if there were none.
  double rows_a_request() const {
    auto carried_out = static_cast<double>(requests - refused);
    return carried_out > 0 ? static_cast<double>(committed) / carried_out : 0;
  }
};

sandbox_books books_of(const service& box);

/// A node on the endpoint, with settings such as `batch.rows=500`.
service start_node(const std::string& url,
                   const std::vector<std::string>& settings = {});

/// Settings of a node that trusts the certificate of `certificates`.
std::vector<std::string> trusting_settings(const run& how);

/// Settings of a node that listens for peers with TLS.
std::vector<std::string> tls_settings(const run& how);

/// Starts bench_sender; it is ready.
process start_sender(std::vector<std::string> words);

/// What processes took while a sender sent.
struct measured {
  /// The sender's.
  nlohmann::json result;
  double rows = 0;
  double seconds = 0;
  /// In the order of the processes, the sender first.
  std::vector<usage> used;

  double rows_per_second() const {
    return rows / seconds;
  }

  /// Processor seconds for a million rows.
  double cost(std::size_t process) const {
    return used[process].cpu_seconds / rows * 1e6;
  }
};

/// Lets the sender begin; waits for its result.
/// @param also what is measured beside it
/// @throws std::runtime_error if a row has failed
measured measure(process& sender, const std::vector<const process*>& also);

/// The one with the median throughput of as many runs as there are rounds.
measured median(const run& how, const std::function<measured()>& once);

/// The steady clock in seconds, as in a sender's samples.
double steady_seconds();

/// Seconds from `begin`, on the clock of the samples, until for the first time
/// the rows stored within a second were so many: 1 at least; -1 if they never
/// were before `end`.
/// @param samples of a sender's result
double time_to(double rows, double begin, double end,
               const nlohmann::json& samples);

/// 1234567 as `1,234,567`.
std::string grouped(std::uint64_t x);

} // namespace bqs::bench
