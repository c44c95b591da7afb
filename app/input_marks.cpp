#include "app/input_marks.hpp"

#include <utility>

namespace bqs::app {

namespace {

/// Finished files that are remembered for each path: more than are rotated
/// between two looks.
constexpr std::size_t most_finished = 8;

} // namespace

std::uint32_t input_marks::add(std::string name, checkpoint_entry x) {
  x.finished = false;
  unsaved_ = true;
  std::erase_if(kept_, [&x](auto& y) { return is_same_place(x, y); });
  for (auto& [number, y] : inputs_) {
    if (!y.finished || y.dropped || !is_same_place(x, y.entry))
      continue;
    if (x.id == y.entry.id) {
      y = {std::move(name), std::move(x)}; // some of its rows are still open
      return number;
    }
    y.dropped = true;
  }
  inputs_.emplace(next_, tracked{std::move(name), std::move(x)});
  return next_++;
}

const std::string& input_marks::name(std::uint32_t input) const {
  return inputs_.at(input).name;
}

const std::string& input_marks::id(std::uint32_t input) const {
  return inputs_.at(input).entry.id;
}

void input_marks::read_to(std::uint32_t input, const input_position& x) {
  inputs_.at(input).entry.settled = x;
}

void input_marks::identify(std::uint32_t input, const file_identity& x) {
  inputs_.at(input).entry.identity = x;
}

void input_marks::finish(std::uint32_t input) {
  inputs_.at(input).finished = true;
}

void input_marks::drop(std::uint32_t input) {
  auto& x = inputs_.at(input);
  x.dropped = true;
  x.finished = true;
}

checkpoint
input_marks::settle(const std::map<std::uint32_t, input_position>& lowest) {
  unsaved_ = false;
  checkpoint result;
  for (auto i = inputs_.begin(); i != inputs_.end();) {
    auto& [number, x] = *i;
    auto open = lowest.find(number);
    if (x.finished && open == lowest.end()) {
      // Its name may be asked for as long as it has open rows.
      x.entry.finished = true;
      if (!x.dropped)
        kept_.push_back(std::move(x.entry));
      i = inputs_.erase(i);
      continue;
    }
    if (!x.dropped) {
      auto& entry = result.emplace_back(x.entry);
      if (open != lowest.end())
        entry.settled = open->second;
    }
    ++i;
  }
  prune();
  result.insert(result.begin(), kept_.begin(), kept_.end());
  return result;
}

void input_marks::prune() {
  std::map<std::string_view, std::size_t> finished;
  checkpoint rest;
  for (auto i = kept_.rbegin(); i != kept_.rend(); ++i)
    if (!i->finished || ++finished[i->path] <= most_finished)
      rest.push_back(*i);
  kept_.assign(rest.rbegin(), rest.rend());
}

} // namespace bqs::app
