#include "app/transfer.hpp"

#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/error.hpp>
#include <caf/exit_reason.hpp>

#include "app/receive.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;

/// What a push aims at; a larger row goes alone.
constexpr std::size_t push_bytes = 1u << 20;
constexpr std::uint32_t most_rows = 5000;
constexpr std::uint32_t most_waiting = 1;
constexpr auto step = 50ms;
/// How long a producer may take to settle what a lost node has left.
constexpr auto grace = 15s;

} // namespace

transfer::transfer(caf::actor_system& sys, const maker& make, table_ref table,
                   listener on_settled, patience go_on, observer watch)
  : self_(sys), table_(std::move(table)), on_settled_(std::move(on_settled)),
    go_on_(std::move(go_on)), watch_(std::move(watch)) {
  producer_options options;
  if (watch_.on_connected)
    options.observer = caf::actor_cast<caf::strong_actor_ptr>(self_);
  producer_ = make(std::move(options));
  self_->monitor(producer_);
}

transfer::~transfer() {
  self_->send_exit(producer_, caf::exit_reason::kill);
}

void transfer::add(std::string_view json, std::string_view insert_id) {
  if (!rows_.empty() && rows_.size() + json.size() > push_bytes)
    flush();
  rows_.add(json, insert_id);
  if (rows_.rows() >= most_rows)
    flush();
}

void transfer::flush() {
  if (rows_.empty())
    return;
  auto first = first_;
  first_ += rows_.rows();
  push_rows(table_, rows_.take_rows(), first);
}

void transfer::push_rows(const table_ref& table,
                         std::shared_ptr<const block_bytes> rows,
                         std::uint64_t first) {
  self_->send(producer_, push{table, std::move(rows), first});
  ++waiting_;
  while (waiting_ > most_waiting && !closed_ && go_on_())
    listen(step);
}

void transfer::listen(std::chrono::milliseconds most) {
  auto heard = receive_one(most);
  while (heard)
    heard = receive_one(0ms);
}

void transfer::finish() {
  flush();
  self_->send(producer_, caf::close_atom_v);
  auto lost_since = std::chrono::steady_clock::now();
  while (!closed_ && go_on_()) {
    listen(step);
    auto now = std::chrono::steady_clock::now();
    if (!lost_)
      lost_since = now;
    else if (now - lost_since > grace)
      break;
  }
  listen(0ms);
}

bool transfer::receive_one(std::chrono::milliseconds most) {
  auto heard = true;
  self_->receive([this](const pushed&) { --waiting_; },
                 [this](const settlement& x) {
                   for (auto& why : x.reasons)
                     lost_ = lost_ || why.reason == "node_lost";
                   on_settled_(x);
                 },
                 [this](const producer_totals&) { closed_ = true; },
                 [this](const caf::down_msg&) { closed_ = true; },
                 [this](const connected& x) { watch_.on_connected(x); },
                 [this](const bqs::lost& x) { watch_.on_lost(x); },
                 drop_others(),
                 caf::after(most) >> [&heard] { heard = false; });
  return heard;
}

} // namespace bqs::app
