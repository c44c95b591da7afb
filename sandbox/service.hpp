#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sandbox/catalog.hpp"
#include "sandbox/fault_board.hpp"
#include "sandbox/insert_all.hpp"
#include "sandbox/ledger.hpp"
#include "sandbox/manager.hpp"
#include "sandbox/message.hpp"
#include "sandbox/routes.hpp"
#include "sandbox/server.hpp"
#include "sandbox/store.hpp"

namespace bqs::sandbox {

/// How a request's body arrived.
enum class body_state : std::uint8_t {
  whole,
  /// More than `limits::body_bytes`; not kept.
  too_large,
  /// More than `limits::hard_body_bytes`; not read to its end.
  huge,
  /// Not what its headers say, such as gzip that is none.
  unreadable,
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
  };

  /// Looks at a request whose body was not read yet.
  call begin(const request& head);

  /// Answers a request.
  reply finish(const call& c, const request& x, body_state body);

  /// Ends all waits; what is asked later waits no more.
  void stop();

  void accept_only(std::vector<std::string> tokens);
  void accept_any();

  // Its parts; each is safe from any thread.
  const options opts;
  store rows;
  catalog all;
  manager tables;
  ledger counts;
  fault_board faults;

private:
  reply answer(const call& c, const request& x, body_state body,
               std::string& target);
  reply perform(const call& c, const request& x, std::string& target);
  reply set_faults(const request& x);
  void check_token(const request& x) const;
  bool wait(std::chrono::milliseconds latency);

  insert_all inserts_;

  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  /// None: any token, or no token, will do.
  std::optional<std::set<std::string>> tokens_;
};

} // namespace bqs::sandbox
