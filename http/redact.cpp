#include "http/redact.hpp"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <cstring>
#include <memory>
#include <tuple>
#include <utility>

#include "http/form.hpp"
#include "http/printable.hpp"

namespace bqs::http {

namespace {

/// What is shorter than this is no secret.
constexpr std::size_t least = 4;

using marks = std::vector<bool>;

void mark(marks& where, std::size_t from, std::size_t size) {
  std::fill_n(where.begin() + static_cast<std::ptrdiff_t>(from), size, true);
}

/// Stands for a run by the eight characters at either end: that is all of it,
/// as it is no longer than twice that, nor shorter.
struct run_key {
  /// One of 65,536; keys are sorted by it first.
  std::uint16_t slot = 0;
  std::uint64_t front = 0;
  std::uint64_t back = 0;

  static_assert(sizeof front == telling_run);

  /// @param run from `telling_run` to twice that.
  run_key(const char* from, std::size_t run) noexcept {
    std::memcpy(&front, from, sizeof front);
    std::memcpy(&back, from + run - sizeof back, sizeof back);
    auto mixed = front * 0x9E3779B97F4A7C15u + back * 0xC2B2AE3D27D4EB4Fu;
    slot = static_cast<std::uint16_t>(mixed >> 48);
  }

  bool operator<(const run_key& x) const noexcept {
    return std::tie(slot, front, back) < std::tie(x.slot, x.front, x.back);
  }
};

/// Finds the runs that a text shares with others, however long these are: all
/// of a batch's rows may have to be looked through. A run that was found is
/// not looked for again, or texts and rows that repeat one character would
/// cost the product of their lengths.
class shared_runs {
public:
  shared_runs(std::string_view text, std::size_t run) : run_(run) {
    for (std::size_t i = 0; i + run <= text.size(); ++i) {
      starts_.push_back({{text.data() + i, run}, i});
      wanted_->set(starts_.back().key.slot);
    }
    std::sort(starts_.begin(), starts_.end(),
              [](auto& x, auto& y) { return x.key < y.key; });
  }

  void mark_in(std::string_view other, marks& where) {
    if (starts_.empty())
      return;
    for (std::size_t i = 0; i + run_ <= other.size(); ++i) {
      run_key key{other.data() + i, run_};
      if (wanted_->test(key.slot))
        mark_all(key, where);
    }
  }

private:
  struct start {
    run_key key;
    std::size_t at;
    bool found = false;
  };

  void mark_all(const run_key& key, marks& where) {
    auto end = starts_.end();
    auto i = std::partition_point(starts_.begin(), end,
                                  [&](auto& x) { return x.key < key; });
    if (i == end || key < i->key || i->found)
      return;
    for (; i != end && !(key < i->key); ++i) {
      mark(where, i->at, run_);
      i->found = true;
    }
    // Were all runs in one slot, by the service's wish, this would still be a
    // matter of milliseconds: texts have a few thousand of them at most.
    auto slot = key.slot;
    auto wanted = false;
    for (i = std::partition_point(starts_.begin(), end,
                                  [=](auto& x) { return x.key.slot < slot; });
         i != end && i->key.slot == slot; ++i)
      wanted = wanted || !i->found;
    wanted_->set(slot, wanted);
  }

  std::size_t run_;
  std::vector<start> starts_;
  /// The slots of runs not found yet: most of the other text is told apart by
  /// it.
  std::unique_ptr<std::bitset<65536>> wanted_
    = std::make_unique<std::bitset<65536>>();
};

void mark_whole(std::string_view text, std::string_view secret, marks& where) {
  if (secret.size() < least)
    return;
  for (auto at = text.find(secret); at != std::string_view::npos;
       at = text.find(secret, at + 1))
    mark(where, at, secret.size());
}

} // namespace

std::string redact(std::string_view text, const secrets& hidden,
                   std::size_t run) {
  run = std::clamp(run, telling_run, 2 * telling_run);
  auto shortest = run;
  for (auto x : hidden)
    if (x.size() >= least)
      shortest = std::min(shortest, x.size());
  if (text.size() < shortest)
    return std::string{text}; // there is room for nothing to hide
  marks marked(text.size());
  shared_runs runs{text, run};
  for (auto x : hidden) {
    runs.mark_in(x, marked);
    if (x.size() < run)
      mark_whole(text, x, marked);
    // A long one is no credential, and is not sent encoded.
    if (x.size() < 64u << 10)
      runs.mark_in(encode_form(x), marked);
  }
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!marked[i])
      result += text[i];
    else if (i == 0 || !marked[i - 1])
      result += "[...]";
  return result;
}

std::string quote_safely(std::string_view text, const secrets& hidden,
                         std::size_t max_bytes) {
  // Not more than could be shown, many times over.
  return printable(redact(text.substr(0, 16u << 10), hidden), max_bytes);
}

} // namespace bqs::http
