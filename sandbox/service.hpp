#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sandbox/catalog.hpp"
#include "sandbox/count_all.hpp"
#include "sandbox/fault_board.hpp"
#include "sandbox/insert_all.hpp"
#include "sandbox/jobs.hpp"
#include "sandbox/ledger.hpp"
#include "sandbox/manager.hpp"
#include "sandbox/message.hpp"
#include "sandbox/routes.hpp"
#include "sandbox/row_scan.hpp"
#include "sandbox/server.hpp"
#include "sandbox/store.hpp"
#include "sandbox/token_office.hpp"
#include "sandbox/token_routes.hpp"

namespace bqs::sandbox {

/// How a request's body arrived.
enum class body_state : std::uint8_t {
  whole,
  /// More than `limits::body_bytes`; not kept.
  too_large,
  /// More than `limits::hard_body_bytes`; not read to its end.
  huge,
  /// Not what its headers say, such as gzip that is none or was cut.
  unreadable,
  /// In a `Content-Encoding` other than gzip; not read.
  unknown_coding,
  /// Its rest did not come in time.
  late,
  /// Its rest was not waited for, as the endpoint ends.
  stopped,
};

/// All that answers requests, free of sockets. From any thread; never throws
/// at a request.
class service {
public:
  explicit service(options opts);

  /// A request on its way.
  struct call {
    std::optional<route> where;
    fault_plan plan;
    /// The answer, if there is one before the body is read.
    std::optional<reply> early;
    /// Where the body goes instead of `request::body`, if there is one.
    std::optional<row_scan> scan;
  };

  /// Looks at a request whose body was not read yet.
  call begin(const request& head);

  /// Answers a request.
  reply finish(const call& c, const request& x, body_state body);

  /// Waits as a fault wants it; false if `stop` came first.
  bool wait(std::chrono::microseconds time);

  /// Ends all waits; what is asked later waits no more.
  void stop();

  // Its parts; each is safe from any thread.
  const options opts;
  store rows;
  catalog all;
  manager tables;
  ledger counts;
  fault_board faults;
  count_all unstored;
  token_office office;
  query_engine engine;
  jobs queries;

private:
  reply answer(const call& c, const request& x, body_state body,
               std::string& target);
  reply perform(const call& c, const request& x, std::string& target);
  reply set_faults(const request& x);
  void report(const std::exception& why);

  insert_all inserts_;
  token_routes token_routes_;

  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::set<std::string> reported_;
};

} // namespace bqs::sandbox
