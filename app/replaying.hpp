#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/fwd.hpp>

#include "app/dead_letter_parser.hpp"
#include "app/recent_keys.hpp"
#include "app/replay_options.hpp"
#include "app/replay_summary.hpp"
#include "app/report.hpp"
#include "app/row_file.hpp"
#include "app/row_origins.hpp"
#include "app/row_packer.hpp"
#include "app/terminal.hpp"
#include "app/transfer.hpp"

namespace bqs::app {

/// One run of `replay`, from the first line read to the last row settled.
class replaying {
public:
  /// @param sys null: nothing is sent
  replaying(caf::actor_system* sys, const replay_options& given,
            replay_filter wanted);

  /// Sends what is wanted of all files, prints the summary, and returns the
  /// exit code.
  int run();

private:
  using clock = std::chrono::steady_clock;
  /// Table and reason.
  using group_key = std::pair<std::string, std::string>;

  /// Rows that were sent together, all of one group.
  struct shipment {
    replay_counts* group = nullptr;
    std::uint32_t rows = 0;
  };

  bool healthy() const;
  int send_file(std::uint32_t input);

  // Rows.
  void add(std::uint32_t input, const input_row& x);
  void refuse(std::uint32_t input, std::uint64_t line, const std::string& why);
  bool is_copy(const dead_letter& x);
  void ship(parcel x);
  void settle(const settlement& x);

  bool go_on();
  void hear(const connected& x);
  void hear(const lost& x);
  void note(const std::string& line);
  int verdict(int code) const;

  const replay_options& given_;
  replay_filter wanted_;
  /// Where each file ended before anything was sent.
  std::vector<std::uint64_t> ends_;
  clock::time_point begin_ = clock::now();
  replay_summary summary_;
  /// The same in all, for the progress.
  send_summary sent_;
  dead_letter_parser parser_;
  recent_keys recent_;
  row_origins origins_;
  row_packer pack_;
  /// By what the packer calls them.
  std::map<std::string, group_key> groups_;
  /// By number of the first row.
  std::map<std::uint64_t, shipment> shipments_;
  status_line line_;
  bool interrupted_ = false;
  /// There is no node just now.
  bool alone_ = false;
  /// The node went before it had told what became of some rows, or before all
  /// was read.
  bool node_lost_ = false;
  /// Last, for it calls back into all of the above.
  std::unique_ptr<transfer> rows_;
};

} // namespace bqs::app
