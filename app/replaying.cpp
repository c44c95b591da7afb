#include "app/replaying.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iostream>
#include <system_error>

#include "app/commands.hpp"
#include "app/signals.hpp"
#include "bqstreamer/connector.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;

/// Bytes of rows without an outcome; beyond, reading waits.
constexpr std::size_t most_under_way = 64u << 20;

/// Of a line; a row of 10 MiB may be six times as long as a text.
constexpr std::size_t longest_line = 64u << 20;

/// A writer that crashed has written lines twice that stand close together.
constexpr std::size_t most_remembered = 100'000;

/// Where a file ends; far away if that is not known.
std::uint64_t end_of(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    return UINT64_MAX;
  auto result = std::filesystem::file_size(file, error);
  return error ? UINT64_MAX : result;
}

std::string display_name(const std::string& file) {
  return file == "-" ? "stdin" : file;
}

} // namespace

replaying::replaying(caf::actor_system* sys, const replay_options& given,
                     replay_filter wanted)
  : given_(given), wanted_(std::move(wanted)), recent_(most_remembered),
    pack_({}, [this](parcel x) { ship(std::move(x)); }) {
  // A node may write to them all the while: also what fails again.
  for (auto& name : given_.files)
    ends_.push_back(end_of(name));
  summary_.dry_run = sys == nullptr;
  if (sys == nullptr)
    return;
  auto make = [sys, &given](producer_options options) {
    connector_options to;
    to.nodes = {std::get<peer_address>(parse_peer(given.node))};
    to.tls = given.tls;
    options.give_up = *patience_of(given);
    return spawn_producer(*sys, to, std::move(options));
  };
  rows_ = std::make_unique<transfer>(
    *sys, make, table_ref{}, [this](const settlement& x) { settle(x); },
    [this] { return go_on(); },
    transfer::observer{[this](const connected& x) { hear(x); },
                       [this](const lost& x) { hear(x); }});
}

int replaying::run() {
  auto code = exit_ok;
  for (std::uint32_t i = 0; i < given_.files.size() && healthy(); ++i)
    code = std::max(code, send_file(i));
  pack_.flush();
  if (rows_)
    rows_->finish();
  line_.clear();
  summary_.seconds
    = std::chrono::duration<double>(clock::now() - begin_).count();
  std::cout << (given_.json ? summary_json(summary_) : summary_text(summary_))
            << std::flush;
  return verdict(code);
}

bool replaying::healthy() const {
  if (interrupted_ || (rows_ && rows_->lost()))
    return false;
  return !given_.strict || (sent_.failed == 0 && summary_.malformed == 0);
}

int replaying::send_file(std::uint32_t input) {
  format_options format;
  format.format = row_format::ndjson;
  format.csv.longest = longest_line;
  row_file file{
    given_.files[input], format, {}, unended_line::taken, ends_[input]};
  auto name = display_name(given_.files[input]);
  auto take = [&](const input_row& x) {
    add(input, x);
    return healthy();
  };
  while (healthy()) {
    auto got = file.read(50ms, take);
    if (got == input_file::result::end)
      return exit_ok;
    if (got == input_file::result::error) {
      line_.clear();
      return complain(name + ": " + file.error() + "; "
                        + group_digits(file.position().lines)
                        + " lines came through",
                      exit_no_input);
    }
    if (rows_)
      rows_->listen(0ms);
    go_on();
  }
  if (rows_ && rows_->lost()) {
    node_lost_ = true;
    note("there is no node; " + name + " was not read to its end");
  }
  return exit_ok;
}

// -- rows ---------------------------------------------------------------------

void replaying::add(std::uint32_t input, const input_row& x) {
  if (!x.reason.empty())
    return refuse(input, x.line, "the line is longer than 64 MiB");
  auto read = parser_.read(x.json);
  if (auto why = std::get_if<std::string>(&read))
    return refuse(input, x.line, *why);
  auto& letter = std::get<dead_letter>(read);
  auto table = to_string(letter.table);
  auto& group = summary_.groups[{table, letter.why.reason}];
  ++group.read;
  if (!wanted_.passes(letter)) {
    ++group.skipped;
  } else if (is_copy(letter)) {
    ++group.copies;
  } else {
    ++sent_.rows;
    auto name = table + "\n" + letter.why.reason;
    groups_.try_emplace(name, table, letter.why.reason);
    pack_.add(name, letter.table, letter.row, letter.insert_id,
              {input, x.line, x.offset});
  }
}

void replaying::refuse(std::uint32_t input, std::uint64_t line,
                       const std::string& why) {
  ++summary_.malformed;
  line_.clear();
  std::cerr << malformed_line(display_name(given_.files[input]), line, why)
            << '\n';
}

/// Whether the row has come before. Rows that only share their insert id are
/// not the same.
bool replaying::is_copy(const dead_letter& x) {
  if (x.insert_id.empty())
    return false;
  auto sum = std::hash<std::string>{}(x.row);
  return !recent_.add(to_string(x.table) + "\n" + x.insert_id + "\n"
                      + std::to_string(x.row.size()) + " "
                      + std::to_string(sum));
}

void replaying::ship(parcel x) {
  if (!rows_)
    return;
  auto rows = x.rows->rows();
  auto first = origins_.add(std::move(x.origins), x.bytes);
  shipments_[first] = {&summary_.groups[groups_[x.name]], rows};
  rows_->push_rows(x.table, std::move(x.rows), first);
  while (origins_.bytes() > most_under_way && !rows_->ended() && go_on())
    rows_->listen(50ms);
}

void replaying::settle(const settlement& x) {
  // A part of one shipment.
  auto i = std::prev(shipments_.upper_bound(x.tag));
  auto& group = *i->second.group;
  group.stored += x.stored;
  group.possibly_duplicated += x.possibly_duplicated;
  sent_.stored += x.stored;
  for (auto& range : x.failures) {
    auto& why = x.reasons[range.reason];
    node_lost_ = node_lost_ || why.reason == "node_lost";
    group.failed += range.rows;
    sent_.failed += range.rows;
    line_.clear();
    for (std::uint32_t k = 0; k < range.rows; ++k) {
      auto where = origins_.find(range.first + k);
      std::cerr << failed_line(display_name(given_.files[where.input]),
                               where.line, why)
                << '\n';
    }
  }
  origins_.settle(x.tag, x.rows);
  i->second.rows -= x.rows;
  if (i->second.rows == 0)
    shipments_.erase(i);
}

// -- meanwhile ----------------------------------------------------------------

/// Shows how far it is; returns whether to wait on.
bool replaying::go_on() {
  if (next_signal(0ms))
    interrupted_ = true;
  if (line_.due()) {
    sent_.seconds
      = std::chrono::duration<double>(clock::now() - begin_).count();
    line_.show(progress_text(sent_, -1));
  }
  return !interrupted_;
}

void replaying::hear(const connected& x) {
  if (std::exchange(alone_, false))
    note("connected to " + to_string(x.where));
}

void replaying::hear(const lost& x) {
  if (!std::exchange(alone_, true))
    note(x.reason + "; trying again");
}

void replaying::note(const std::string& line) {
  line_.clear();
  complain(line, exit_ok);
}

int replaying::verdict(int code) const {
  if (interrupted_)
    return exit_interrupted;
  if (node_lost_)
    return exit_unavailable;
  if (code != exit_ok)
    return code;
  auto total = summary_.total();
  if (rows_ && total.unsettled() > 0)
    return complain("the sender broke down; the fate of some rows is not "
                    "known",
                    exit_software);
  return total.failed > 0 || summary_.malformed > 0 ? exit_data : exit_ok;
}

} // namespace bqs::app
