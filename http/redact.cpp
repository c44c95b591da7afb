#include "http/redact.hpp"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <cstring>
#include <memory>
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

std::uint64_t eight_at(const char* from) {
  std::uint64_t result = 0;
  std::memcpy(&result, from, sizeof result);
  return result;
}

/// Finds the runs that a text shares with others, however long these are: all
/// of a batch's rows may have to be looked through.
class shared_runs {
public:
  shared_runs(std::string_view text, std::size_t run) : text_(text), run_(run) {
    for (std::size_t i = 0; i + run <= text.size(); ++i) {
      auto key = eight_at(text.data() + i);
      starts_.emplace_back(key, i);
      known_->set(slot(key));
    }
    std::sort(starts_.begin(), starts_.end());
  }

  void mark_in(std::string_view other, marks& where) const {
    if (starts_.empty())
      return;
    for (std::size_t i = 0; i + run_ <= other.size(); ++i) {
      auto key = eight_at(other.data() + i);
      if (!known_->test(slot(key)))
        continue;
      auto at = std::lower_bound(starts_.begin(), starts_.end(),
                                 std::pair{key, std::size_t{0}});
      for (; at != starts_.end() && at->first == key; ++at)
        if (text_.substr(at->second, run_) == other.substr(i, run_))
          mark(where, at->second, run_);
    }
  }

private:
  static std::size_t slot(std::uint64_t key) {
    return static_cast<std::size_t>(key * 0x9E3779B97F4A7C15u >> 48);
  }

  std::string_view text_;
  std::size_t run_;
  std::vector<std::pair<std::uint64_t, std::size_t>> starts_;
  /// Most of the other text is told apart by it.
  std::unique_ptr<std::bitset<65536>> known_
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
