#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/checkpoint.hpp"
#include "app/file_follower.hpp"
#include "app/input_marks.hpp"
#include "app/report.hpp"
#include "app/row_fields.hpp"
#include "app/row_file.hpp"
#include "app/row_origins.hpp"
#include "app/row_packer.hpp"
#include "app/send_options.hpp"
#include "app/terminal.hpp"
#include "app/transfer.hpp"

namespace bqs::app {

/// One run of `send`, from the first row read to the last row settled.
class sending {
public:
  /// @param known what the checkpoint held
  sending(caf::actor_system& sys, const send_options& given,
          const format_options& format, checkpoint known);

  /// Sends all files, prints the summary, and returns the exit code.
  int run();

private:
  using clock = std::chrono::steady_clock;

  bool healthy() const;
  double elapsed() const;

  // Files that are read once.
  void measure();
  int send_files();
  checkpoint_entry entry_of(const std::string& file);
  int send_file(std::uint32_t input, const checkpoint_entry& from);
  void tell_unended(const std::string& name, const row_file& file);
  void tell_unread(const std::string& name);

  // Files that grow.
  int follow_files();
  checkpoint take_known(const std::string& path);
  void look();

  // Rows.
  void add(std::uint32_t input, const input_row& x);
  std::string_view table_of(const row_values& x, failure_reason& why) const;
  std::string_view id_of(const row_values& x, std::uint32_t input,
                         std::uint64_t offset);
  void ship(parcel x);
  void settle(const settlement& x);
  void fail(const row_origin& where, const failure_reason& why);

  bool go_on();
  void hear(const connected& x);
  void hear(const lost& x);
  void note(const std::string& line);
  void save();
  void secure();
  int verdict(int code) const;

  const send_options& given_;
  const format_options& format_;
  clock::time_point begin_ = clock::now();
  send_summary summary_;
  checkpoint known_;
  checkpoint saved_;
  clock::time_point next_save_{};
  input_marks marks_;
  std::vector<std::unique_ptr<file_follower>> followers_;
  clock::time_point next_look_{};
  row_origins origins_;
  row_packer pack_;
  std::unique_ptr<row_fields> fields_;
  /// The insert id that was made last.
  std::string id_;
  status_line line_;
  std::uint64_t bytes_ = 0;
  bool sizes_known_ = true;
  std::uint64_t read_ = 0;
  /// Nothing more shall be read; what was read shall be settled.
  bool stopping_ = false;
  bool interrupted_ = false;
  /// There is no node just now.
  bool alone_ = false;
  /// The node went before the input had been read to its end.
  bool unread_ = false;
  /// The node went before it had told what became of some rows.
  bool node_lost_ = false;
  /// The checkpoint could not be written.
  bool unsafe_ = false;
  /// Last, for it calls back into all of the above.
  transfer rows_;
};

} // namespace bqs::app
