#include "app/file_follower.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <sys/stat.h>

#include "bqstreamer/stream_id.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view gzip_magic = "\x1F\x8B";

/// Finished files that are not taken for new ones.
constexpr std::size_t most_known = 64;

std::unique_ptr<input_file> open_file(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode))
    return nullptr;
  auto result = std::make_unique<input_file>(path);
  return result->descriptor() < 0 ? nullptr : std::move(result);
}

std::uint64_t size_of(const input_file& file) {
  struct stat facts {};
  return fstat(file.descriptor(), &facts) == 0
           ? static_cast<std::uint64_t>(facts.st_size)
           : 0;
}

std::int64_t modified(const input_file& file) {
  struct stat facts {};
  if (fstat(file.descriptor(), &facts) != 0)
    return 0;
  return facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec;
}

/// Whether the file beside is the one that the entry tells of.
bool is_at(const neighbour& x, const checkpoint_entry& entry) {
  if (x.device != entry.identity.device || x.inode != entry.identity.inode)
    return false;
  auto file = open_file(x.path);
  return file && is_file_of(file->descriptor(), entry);
}

/// Whether the file beside begins as one of these did: it may be a copy.
bool begins_as_one_of(const neighbour& x, const checkpoint& entries) {
  auto file = open_file(x.path);
  auto same = [&](const checkpoint_entry& y) {
    auto identity = y.identity;
    identity.device = x.device;
    identity.inode = x.inode;
    return y.identity.head_bytes > 0
           && is_same_file(file->descriptor(), identity);
  };
  return file && std::any_of(entries.begin(), entries.end(), same);
}

} // namespace

checkpoint_entry fresh_entry(const std::string& path,
                             const file_identity& identity) {
  return {path, identity, to_string(make_stream_id()), {}, false};
}

file_follower::file_follower(std::string path, const format_options& format,
                             checkpoint known, input_marks& marks,
                             std::int64_t saved)
  : path_(std::move(path)), format_(format), known_(std::move(known)),
    marks_(marks), saved_(saved) {
  for (auto& x : known_)
    if (x.finished)
      marks_.keep(x); // until it comes back
  start();
}

// -- which files --------------------------------------------------------------

void file_follower::start() {
  auto here = open_file(path_);
  auto gone = add_gone_files(here.get());
  if (sources_.empty()) {
    seen_ = neighbours_of(path_);
    // What was written after that is new, and all that is left.
    if (!gone.empty())
      std::erase_if(seen_, [&](const neighbour& x) {
        return x.modified > saved_ && !begins_as_one_of(x, gone);
      });
    add_files_between(saved_);
  }
  // The same one: it may have been rotated away since.
  if (here)
    see(std::move(here));
}

/// Takes up what an earlier run was reading and what is elsewhere by now.
/// Returns what is gone, if all is.
checkpoint file_follower::add_gone_files(const input_file* here) {
  auto beside = neighbours_of(path_);
  checkpoint gone;
  auto found_one = false;
  for (auto& x : checkpoint{known_}) {
    if (x.finished)
      continue;
    if (here && is_same_file(here->descriptor(), x.identity)) {
      found_one = true;
      continue;
    }
    auto found = std::find_if(beside.begin(), beside.end(),
                              [&x](const neighbour& y) { return is_at(y, x); });
    if (found != beside.end())
      if (auto file = open_file(found->path)) {
        add_source(found->path, std::move(file));
        found_one = true;
        continue;
      }
    notes_.push_back(path_ + ": the file that was read up to byte "
                     + std::to_string(x.settled.offset) + " (line "
                     + std::to_string(x.settled.lines)
                     + ") is gone; what came behind was not sent");
    std::erase(known_, x);
    gone.push_back(std::move(x));
  }
  return found_one ? checkpoint{} : gone;
}

void file_follower::look() {
  if (auto file = open_file(path_))
    see(std::move(file)); // else for a moment, between two files
}

void file_follower::see(std::unique_ptr<input_file> file) {
  if (sources_.empty())
    return add_source(path_, std::move(file));
  auto& last = sources_.back();
  struct stat facts {};
  if (fstat(file->descriptor(), &facts) != 0)
    return;
  if (facts.st_dev != last.identity.device
      || facts.st_ino != last.identity.inode)
    return rotate(std::move(file));
  if (!was_cut(last) || reading_)
    return; // if so, it is seen by the next look
  notes_.push_back(path_
                   + ": was cut or written anew; it is read from its "
                     "beginning");
  marks_.drop(last.number);
  sources_.pop_back();
  std::erase_if(known_, [&](const checkpoint_entry& x) {
    return x.identity.inode == facts.st_ino;
  });
  add_source(path_, std::move(file));
}

bool file_follower::was_cut(const source& x) const {
  return size_of(*x.file) < x.seen
         || !is_same_file(x.file->descriptor(), x.identity);
}

void file_follower::rotate(std::unique_ptr<input_file> file) {
  add_files_between(modified(*sources_.back().file));
  for (auto& x : sources_)
    x.rotated = true;
  if (!take_back(*file))
    add_source(path_, std::move(file));
  seen_ = neighbours_of(path_);
}

/// Whether the file is one that was rotated away and is still read; then that
/// is the current one again.
bool file_follower::take_back(const input_file& file) {
  auto now = identify(file.descriptor()).value_or(file_identity{});
  auto back
    = std::find_if(sources_.begin(), sources_.end(), [&now](const source& x) {
        return x.identity.device == now.device && x.identity.inode == now.inode;
      });
  if (back == sources_.end())
    return false;
  back->rotated = false;
  sources_.splice(sources_.end(), sources_, back);
  return true;
}

/// Takes up files that came to the path and went away unseen.
void file_follower::add_files_between(std::int64_t since) {
  auto name = std::filesystem::path{path_}.filename().string();
  for (auto& x : neighbours_of(path_)) {
    auto beside = std::filesystem::path{x.path}.filename().string();
    if (x.modified < since || !is_rotated_name(beside, name) || is_known(x))
      continue;
    if (auto file = open_file(x.path))
      add_source(x.path, std::move(file));
  }
}

bool file_follower::is_known(const neighbour& x) const {
  for (auto& y : sources_)
    if (x.device == y.identity.device && x.inode == y.identity.inode)
      return true;
  for (auto& y : known_)
    if (is_at(x, y))
      return true;
  // Its name changes with each rotation.
  return std::any_of(seen_.begin(), seen_.end(), [&x](const neighbour& y) {
    return x.device == y.device && x.inode == y.inode
           && x.modified == y.modified;
  });
}

void file_follower::add_source(const std::string& name,
                               std::unique_ptr<input_file> file) {
  source x;
  auto entry = entry_for(name, *file);
  x.name = name;
  x.file = std::move(file);
  x.identity = entry.identity;
  x.rows = make_row_reader(path_, format_, entry.settled);
  x.number = marks_.add(name, std::move(entry));
  sources_.push_back(std::move(x));
}

/// Where to go on, or begin, with a file.
checkpoint_entry file_follower::entry_for(const std::string& name,
                                          const input_file& file) {
  auto fresh
    = fresh_entry(path_, identify(file.descriptor()).value_or(file_identity{}));
  auto known = std::find_if(known_.begin(), known_.end(),
                            [&](const checkpoint_entry& x) {
                              return is_file_of(file.descriptor(), x);
                            });
  if (known == known_.end())
    return fresh;
  auto old = *known;
  known_.erase(known);
  if (old.settled.offset > size_of(file)) {
    notes_.push_back(name
                     + ": is shorter than before; it is read from its "
                       "beginning");
    return fresh;
  }
  old.identity = fresh.identity;
  return old;
}

// -- reading ------------------------------------------------------------------

file_follower::result file_follower::read(time_point now,
                                          const consumer& consume) {
  reading_ = true;
  auto outcome = result::idle;
  auto last = sources_.empty() ? nullptr : &sources_.back();
  for (auto i = sources_.begin();
       i != sources_.end() && outcome == result::idle;) {
    outcome = read(*i, now, consume);
    auto over
      = outcome == result::idle && i->rotated && now - *i->idle_since >= grace;
    if (over && !finish(*i, consume))
      outcome = error_.empty() ? result::data : result::error;
    auto was_last = &*i == last;
    i = over ? sources_.erase(i) : std::next(i);
    if (was_last)
      break; // what came meanwhile is not in safety yet
  }
  reading_ = false;
  return outcome;
}

file_follower::result file_follower::read(source& x, time_point now,
                                          const consumer& consume) {
  if (auto surplus = x.rows->surplus(); surplus > 0) {
    auto skipped = x.file->skip(surplus);
    x.rows->skip(skipped);
    x.seen += skipped;
  }
  switch (x.file->read(piece_, 0ms)) {
    case input_file::result::data:
      x.idle_since.reset();
      return take(x, piece_, consume);
    case input_file::result::error:
      return refuse(x, x.file->error());
    case input_file::result::nothing_yet:
    case input_file::result::end:
      break;
  }
  if (!x.idle_since)
    x.idle_since = now;
  return result::idle;
}

file_follower::result file_follower::take(source& x, const std::string& piece,
                                          const consumer& consume) {
  if (x.seen == 0 && piece.starts_with(gzip_magic))
    return refuse(x, "is compressed and cannot be followed");
  x.seen += piece.size();
  if (x.identity.head_bytes < longest_head)
    if (auto longer = identify(x.file->descriptor())) {
      x.identity = *longer;
      marks_.identify(x.number, *longer);
    }
  x.rows->feed(piece,
               [&](const input_row& row) { return consume(x.number, row); });
  marks_.read_to(x.number, x.rows->position());
  return x.rows->error().empty() ? result::data : refuse(x, x.rows->error());
}

/// Passes on the last line of a file that has gone. Returns false if that was
/// not possible, or the consumer did.
bool file_follower::finish(source& x, const consumer& consume) {
  auto go_on = x.rows->finish(
    [&](const input_row& row) { return consume(x.number, row); });
  marks_.read_to(x.number, x.rows->position());
  if (!x.rows->error().empty()) {
    refuse(x, x.rows->error());
    return false;
  }
  marks_.finish(x.number);
  known_.push_back(
    {path_, x.identity, marks_.id(x.number), x.rows->position(), true});
  if (known_.size() > most_known)
    known_.erase(known_.begin());
  return go_on;
}

file_follower::result file_follower::refuse(const source& x,
                                            const std::string& why) {
  error_ = x.name + ": " + why;
  return result::error;
}

std::vector<std::string> file_follower::take_notes() {
  return std::exchange(notes_, {});
}

} // namespace bqs::app
