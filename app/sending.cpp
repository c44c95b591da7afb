#include "app/sending.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iostream>
#include <limits>
#include <utility>

#include <sys/stat.h>

#include "app/commands.hpp"
#include "app/signals.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;

constexpr auto look_period = 250ms;
constexpr auto save_period = 1s;

/// Bytes of rows without an outcome; beyond, reading waits. A producer bounds
/// each table, but there may be many of them.
constexpr std::size_t most_under_way = 64u << 20;

std::string display_name(const std::string& file) {
  return file == "-" ? "stdin" : file;
}

/// When the checkpoint was written, in nanoseconds since 1970; if there is
/// none, nothing is younger.
std::int64_t written_at(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0)
    return std::numeric_limits<std::int64_t>::max();
  return facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec;
}

failure_reason local_failure(std::string_view reason, std::string message) {
  return {std::string{reason}, std::move(message), {}, 0, false};
}

} // namespace

sending::sending(caf::actor_system& sys, const send_options& given,
                 const format_options& format, checkpoint known)
  : given_(given), format_(format), known_(std::move(known)),
    pack_({}, [this](parcel x) { ship(std::move(x)); }),
    rows_(
      sys,
      [&sys, &given](producer_options options) {
        connector_options to;
        to.nodes = {std::get<peer_address>(parse_peer(given.node))};
        to.tls = given.tls;
        options.give_up = *patience_of(given);
        return spawn_producer(sys, to, std::move(options));
      },
      {}, [this](const settlement& x) { settle(x); },
      [this] { return go_on(); },
      {[this](const connected& x) { hear(x); },
       [this](const lost& x) { hear(x); }}) {
  if (!given.insert_id_field.empty() || !given.table_field.empty())
    fields_
      = std::make_unique<row_fields>(given.table_field, given.insert_id_field);
}

int sending::run() {
  auto code = given_.follow ? follow_files() : send_files();
  pack_.flush();
  rows_.finish();
  save();
  line_.clear();
  summary_.seconds = elapsed();
  std::cout << (given_.json ? summary_json(summary_) : summary_text(summary_))
            << std::endl;
  return verdict(code);
}

bool sending::healthy() const {
  return !interrupted_ && !stopping_ && !unsafe_ && !rows_.lost()
         && !(given_.strict && summary_.failed > 0);
}

double sending::elapsed() const {
  return std::chrono::duration<double>(clock::now() - begin_).count();
}

// -- files that are read once -------------------------------------------------

/// Adds the sizes up, for the progress; unknown if one of them is.
void sending::measure() {
  for (auto& name : given_.files) {
    auto size = look_at_input(name).size;
    sizes_known_ = sizes_known_ && size > 0;
    bytes_ += size;
  }
}

int sending::send_files() {
  measure();
  // All at first, so that all their ids are saved at once.
  std::vector<checkpoint_entry> entries;
  for (auto& name : given_.files) {
    entries.push_back(entry_of(name));
    marks_.add(display_name(name), entries.back());
  }
  for (auto& x : known_)
    marks_.keep(std::move(x));
  secure();
  auto code = exit_ok;
  for (std::uint32_t i = 0; i < entries.size() && healthy(); ++i)
    code = std::max(code, send_file(i, entries[i]));
  return code;
}

/// Where to begin with a file: at its beginning, or where an earlier run ended.
checkpoint_entry sending::entry_of(const std::string& file) {
  if (given_.checkpoint.empty())
    return {};
  auto path = absolute_path(file);
  auto now = identify(file).value_or(file_identity{});
  auto result = fresh_entry(path, now);
  input_file opened{file};
  for (auto& x : take_known(path))
    if (is_file_of(opened.descriptor(), x)) {
      result = x;
      result.identity = now;
    } else if (x.finished) {
      marks_.keep(std::move(x));
    } else {
      note(file + ": is another file than the one that was read up to byte "
           + std::to_string(x.settled.offset) + " (line "
           + std::to_string(x.settled.lines)
           + "); it is read from its beginning");
    }
  return result;
}

int sending::send_file(std::uint32_t input, const checkpoint_entry& from) {
  auto& name = marks_.name(input);
  // The mark must not stand in a line that its writer has not ended.
  auto last
    = given_.checkpoint.empty() ? unended_line::taken : unended_line::left;
  row_file file{given_.files[input], format_, from.settled, last};
  auto take = [&](const input_row& x) {
    add(input, x);
    return healthy();
  };
  auto before = read_;
  auto refuse = [&](const std::string& why) {
    line_.clear();
    return complain(name + ": " + why, exit_no_input);
  };
  if (!given_.checkpoint.empty()
      && !is_same_file(file.descriptor(), from.identity))
    return refuse("was replaced before it could be read");
  while (healthy()) {
    auto got = file.read(50ms, take);
    marks_.read_to(input, file.position());
    read_ = before + file.bytes();
    if (got == input_file::result::end) {
      tell_unended(name, file);
      return exit_ok;
    }
    if (got == input_file::result::error)
      return refuse(file.error() + "; " + group_digits(file.position().lines)
                    + " lines came through");
    if (got == input_file::result::nothing_yet)
      pack_.flush(); // the next line may take long to come
    rows_.listen(0ms);
    go_on();
  }
  tell_unread(name);
  return exit_ok;
}

void sending::tell_unended(const std::string& name, const row_file& file) {
  if (file.in_line())
    note(name + ": line " + group_digits(file.position().lines + 1)
         + " has no end of line yet and was not sent; with --checkpoint it is "
           "left to the next run");
}

void sending::tell_unread(const std::string& name) {
  if (!rows_.lost())
    return;
  unread_ = true;
  note("there is no node; " + name + " was not read to its end");
}

// -- files that grow ----------------------------------------------------------

int sending::follow_files() {
  sizes_known_ = false;
  auto saved = written_at(given_.checkpoint);
  for (auto& name : given_.files) {
    auto path = absolute_path(name);
    followers_.push_back(std::make_unique<file_follower>(
      path, format_, take_known(path), marks_, saved));
    if (!look_at_input(name).error.empty())
      note(name + ": is not there yet");
  }
  for (auto& x : known_)
    marks_.keep(std::move(x));
  look();
  auto take = [this](std::uint32_t input, const input_row& x) {
    add(input, x);
    return healthy();
  };
  while (healthy()) {
    auto idle = true;
    for (auto& x : followers_) {
      secure();
      if (!healthy())
        break;
      auto got = x->read(clock::now(), take);
      if (got == file_follower::result::error) {
        line_.clear();
        return complain(x->error(), exit_no_input);
      }
      idle = idle && got == file_follower::result::idle;
    }
    if (idle)
      pack_.flush();
    rows_.listen(idle ? look_period : 0ms);
    go_on();
  }
  tell_unread("what is followed");
  return exit_ok;
}

/// Takes out what the checkpoint says of a path.
checkpoint sending::take_known(const std::string& path) {
  auto others
    = std::stable_partition(known_.begin(), known_.end(),
                            [&](const auto& x) { return x.path == path; });
  checkpoint result{known_.begin(), others};
  known_.erase(known_.begin(), others);
  return result;
}

void sending::look() {
  auto now = clock::now();
  if (now < next_look_)
    return;
  next_look_ = now + look_period;
  for (auto& x : followers_) {
    x->look();
    for (auto& line : x->take_notes())
      note(line);
  }
}

// -- rows ---------------------------------------------------------------------

void sending::add(std::uint32_t input, const input_row& x) {
  ++summary_.rows;
  row_origin where{input, x.line, x.offset};
  if (!x.reason.empty())
    return fail(where, local_failure(x.reason, std::string{x.message}));
  auto values = fields_ ? fields_->read(x.json) : row_values{};
  failure_reason why;
  auto table = table_of(values, why);
  if (table.empty())
    return fail(where, why);
  if (!pack_.add(table, x.json, id_of(values, input, x.offset), where))
    fail(where,
         local_failure("no_table", "the text of the field " + given_.table_field
                                     + " is no valid name of a table"));
}

/// Returns an empty name, and why, if the row goes nowhere.
std::string_view sending::table_of(const row_values& x,
                                   failure_reason& why) const {
  using kind = row_values::table_kind;
  if (!given_.table_field.empty() && x.kind == kind::text && !x.table.empty())
    return x.table;
  auto absent = x.kind == kind::none || x.kind == kind::unreadable;
  if (absent && !given_.table.empty())
    return given_.table; // there the node says what is wrong with the row
  if (x.kind == kind::unreadable)
    why = local_failure("malformed", "the row is not a JSON object, so that "
                                     "its table is not known");
  else if (x.kind == kind::none)
    why = local_failure("no_table", "the row has no field " + given_.table_field
                                      + ", and there is no --table");
  else
    why = local_failure("no_table",
                        "the field " + given_.table_field + " names no table");
  return {};
}

/// The row's own insert id, or with a checkpoint one that is the same whenever
/// the line is sent.
std::string_view sending::id_of(const row_values& x, std::uint32_t input,
                                std::uint64_t offset) {
  if (!x.insert_id.empty() || given_.checkpoint.empty())
    return x.insert_id;
  std::array<char, 20> digits;
  auto end
    = std::to_chars(digits.data(), digits.data() + digits.size(), offset).ptr;
  id_ = marks_.id(input);
  id_ += '-';
  id_.append(digits.data(), end);
  return id_;
}

void sending::ship(parcel x) {
  auto first = origins_.add(std::move(x.origins), x.bytes);
  rows_.push_rows(x.table, std::move(x.rows), first);
  while (origins_.bytes() > most_under_way && !rows_.ended() && go_on())
    rows_.listen(50ms);
}

void sending::settle(const settlement& x) {
  summary_.stored += x.stored;
  summary_.possibly_duplicated += x.possibly_duplicated;
  auto settled = x.rows;
  for (auto& range : x.failures) {
    auto& why = x.reasons[range.reason];
    for (std::uint32_t i = 0; i < range.rows; ++i)
      fail(origins_.find(range.first + i), why);
    // Nobody knows what became of them: the checkpoint stays in front of them.
    if (why.reason == "node_lost") {
      node_lost_ = true;
      settled -= range.rows;
    }
  }
  origins_.settle(x.tag, settled);
}

void sending::fail(const row_origin& where, const failure_reason& why) {
  ++summary_.failed;
  line_.clear();
  std::cerr << failed_line(marks_.name(where.input), where.line, why) << '\n';
}

// -- meanwhile ----------------------------------------------------------------

/// Shows how far it is; returns whether to wait on.
bool sending::go_on() {
  if (next_signal(0ms)) {
    // Whoever follows always has something under way: first it is settled.
    if (given_.follow && !stopping_)
      stopping_ = true;
    else
      interrupted_ = true;
  }
  look();
  if (clock::now() >= next_save_)
    save();
  if (line_.due()) {
    summary_.seconds = elapsed();
    auto done = sizes_known_
                  ? static_cast<double>(read_) / static_cast<double>(bytes_)
                  : -1.0;
    line_.show(progress_text(summary_, done));
  }
  return !interrupted_;
}

void sending::hear(const connected& x) {
  if (std::exchange(alone_, false))
    note("connected to " + to_string(x.where));
}

void sending::hear(const lost& x) {
  if (!std::exchange(alone_, true))
    note(x.reason + "; trying again");
}

void sending::note(const std::string& line) {
  line_.clear();
  complain(line, exit_ok);
}

/// Writes how far all is settled, if that has changed.
void sending::save() {
  next_save_ = clock::now() + save_period;
  if (!given_.follow && given_.checkpoint.empty())
    return;
  auto now = marks_.settled(pack_, origins_);
  if (given_.checkpoint.empty() || unsafe_ || now == saved_)
    return;
  if (auto why = save_checkpoint(given_.checkpoint, now); !why.empty()) {
    unsafe_ = true;
    return note(why);
  }
  saved_ = std::move(now);
}

/// Sees to it that the id of each input is saved before a row carries it.
void sending::secure() {
  if (marks_.unsaved())
    save();
}

int sending::verdict(int code) const {
  if (interrupted_)
    return exit_interrupted;
  // A node that went when it had told all has not been lost.
  if (unread_ || node_lost_ || unsafe_)
    return exit_unavailable;
  if (code != exit_ok)
    return code;
  if (summary_.unsettled() > 0)
    return complain("the sender broke down; the fate of some rows is not "
                    "known",
                    exit_software);
  return summary_.failed > 0 ? exit_data : exit_ok;
}

} // namespace bqs::app
