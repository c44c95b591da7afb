#include "actors/gate.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/system_messages.hpp>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <spdlog/spdlog.h>

#include "actors/receipt_memory.hpp"
#include "client/failure_position.hpp"
#include "client/send_to.hpp"
#include "client/stray_errors.hpp"

namespace bqs {

using namespace internal;

namespace {

using namespace std::chrono_literals;

/// How long a sender waits before it tries a full node again.
constexpr auto overload_wait = 100ms;

/// Single rows of a table become a block at this size at the latest.
constexpr std::size_t packed_bytes = 256u << 10;

/// Receipts that wait until one sender has acknowledged others, in bytes: some
/// thousands that tell of no failure.
constexpr std::size_t most_held_back = 4u << 20;

constexpr const char* denial
  = "the node wants its admin pass for this, and this is not it";

/// Whether two texts are the same, in a time that tells nothing of either.
bool same_secret(const std::string& x, const std::string& y) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> left{};
  std::array<unsigned char, SHA256_DIGEST_LENGTH> right{};
  auto digest = [](const std::string& from, auto& to) {
    SHA256(reinterpret_cast<const unsigned char*>(from.data()), from.size(),
           to.data());
  };
  digest(x, left);
  digest(y, right);
  return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

/// Requests that wait for an answer of the supervisor at most, and as many of
/// the collector: nobody else bounds what peers ask. A drain goes in any case.
constexpr std::size_t most_passed_on = 10'000;

/// Of these, those that concern all tables: each is a message to every
/// streamer.
constexpr std::size_t most_sweeping = 16;

/// Who waits for the status at once, in all and of one node: all get the same
/// one, which is megabytes where there are tens of thousands of tables.
constexpr std::size_t most_curious = 32;
constexpr std::size_t most_curious_of_one = 4;

/// The status takes one part in five of the actors' time, and nobody waits
/// longer for the next one: if it takes more than a second, more than a fifth.
constexpr auto status_rest = 4;
constexpr caf::timespan longest_rest = 4s;

/// Of what a `join` says of its past, in bytes; longer ones are none of ours.
constexpr std::size_t most_wish = 128;

caf::error too_many() {
  return caf::make_error(caf::sec::runtime_error,
                         "the node has too many requests to answer");
}

std::size_t row_cost(const row& x) {
  auto result = block_overhead + 64 + x.json.size() + x.insert_id.size()
                + x.table.project.size() + x.table.dataset.size()
                + x.table.table.size() + x.table.suffix.size();
  for (auto& [key, value] : x.extras)
    result += 64 + key.size() + value.size();
  return result;
}

} // namespace

gate::gate(caf::actor_config& cfg, gate_init init)
  : super(cfg), init_(std::move(init)), shares_(init_.project) {
  set_default_handler(caf::drop);
  ignore_stray_errors(this);
  set_down_handler([this](caf::down_msg& x) {
    forget(caf::actor_cast<caf::strong_actor_ptr>(x.source));
  });
}

const char* gate::name() const {
  return "gate";
}

void gate::on_exit() {
  waiting_.clear();
  curious_.clear();
  peers_.clear();
  open_.clear();
  collector_ = nullptr;
  init_.supervisor = nullptr;
}

// -- at the door --------------------------------------------------------------

bool gate::is_ours(const caf::strong_actor_ptr& who) const {
  // BASP lets a peer route messages, and so name any actor of any node as their
  // sender; but of this one only those that it finds in the registry, which are
  // those that have had to do with other nodes.
  return who && who->node() == node()
         && home_system().registry().get(who->id()) != who;
}

bool gate::may_enter(const caf::mailbox_element& what) const {
  auto& content = what.content();
  if (what.mid.is_response()) {
    // A peer could guess the number of a request of ours; we ask at home only.
    // A timeout comes in the gate's own name.
    return is_ours(what.sender)
           || (what.sender == ctrl() && content.match_elements<caf::error>());
  }
  if (content.match_elements<caf::exit_msg>()) {
    // Nobody elsewhere, and nobody without a name, ends this node. The source
    // alone is a mere claim: an anonymous exit names its receiver.
    auto& source = content.get_as<caf::exit_msg>(0).source;
    return source && source.node() == node() && is_ours(what.sender);
  }
  if (content.match_elements<caf::down_msg>()) // tells of its sender only
    return what.sender
           && content.get_as<caf::down_msg>(0).source == what.sender;
  // Values of CAF's own types may be of any size, and none are for the gate.
  return (content.size() == 1 && content.type(0).first == 0)
         || is_ours(what.sender);
}

bool gate::admit(std::size_t bytes, std::size_t limit, admission& refusal) {
  if (draining_.load(std::memory_order_relaxed)) {
    refusal.code = admission_code::draining;
    ++init_.count->refused_draining;
    return false;
  }
  if (bytes > limit) {
    refusal.code = admission_code::block_too_large;
    refusal.limit = limit;
    refusal.text = "a block of " + std::to_string(bytes)
                   + " bytes exceeds budget.max-block-bytes";
    ++init_.count->refused_block_too_large;
    return false;
  }
  if (!init_.room->reserve(bytes)) {
    refusal.code = admission_code::overloaded;
    refusal.wait = overload_wait;
    ++init_.count->refused_overloaded;
    return false;
  }
  return true;
}

void gate::refuse(caf::mailbox_element& what, admission why,
                  caf::execution_unit* where) {
  if (what.sender)
    what.sender->enqueue(ctrl(),
                         what.mid.is_request() ? what.mid.response_id()
                                               : caf::make_message_id(),
                         caf::make_message(std::move(why)), where);
}

void gate::enqueue(caf::mailbox_element_ptr what, caf::execution_unit* where) {
  if (!may_enter(*what)) {
    if (what->mid.is_request() && what->sender)
      what->sender->enqueue(
        ctrl(), what->mid.response_id(),
        caf::make_message(caf::make_error(caf::sec::unexpected_message)),
        where);
    return;
  }
  auto& content = what->content();
  admission refusal;
  if (content.match_elements<block>()) {
    auto& x = content.get_as<block>(0);
    refusal.stream = x.stream;
    refusal.first = x.first;
    refusal.rows = x.rows();
    if (!admit(cost(x), init_.max_block_bytes, refusal)) {
      refuse(*what, std::move(refusal), where);
      return;
    }
  } else if (content.match_elements<row>()) {
    auto& x = content.get_as<row>(0);
    if (!admit(row_cost(x), init_.max_block_bytes, refusal)) {
      if (what->mid.is_request())
        refuse(*what, std::move(refusal), where);
      return;
    }
  }
  super::enqueue(std::move(what), where);
}

// -- inside -------------------------------------------------------------------

admission gate::refused(admission why) {
  if (why.code == admission_code::malformed)
    ++init_.count->refused_malformed;
  else if (why.code == admission_code::conflict)
    ++init_.count->refused_conflict;
  else if (why.code == admission_code::draining)
    ++init_.count->refused_draining;
  return why;
}

bool gate::charge(const table_ref& table, lease& reserved, admission& refusal) {
  // What could not be refused may have overdrawn it.
  auto most = init_.room->limit();
  auto free = most - std::min(most, init_.room->used());
  auto& share = shares_.of(table);
  if (share.admits(reserved.bytes(), free)) {
    reserved.charge(share.held);
    return true;
  }
  refusal.code = admission_code::overloaded;
  refusal.wait = overload_wait;
  refusal.text = "the table holds its share of budget.max-buffered-bytes";
  ++init_.count->refused_overloaded;
  ++init_.count->refused_share;
  return false;
}

caf::result<admission> gate::take(const block& x) {
  // Adopts what `enqueue` has reserved.
  auto reserved = std::make_shared<lease>(init_.room, cost(x));
  admission answer;
  answer.stream = x.stream;
  answer.first = x.first;
  answer.rows = x.rows();
  answer.text = check_frame(x);
  if (answer.text.empty() && x.table.project.empty() && init_.project.empty())
    answer.text = "the table names no project, and bigquery.project is not set";
  if (!answer.text.empty()) {
    answer.code = admission_code::malformed;
    return refused(std::move(answer));
  }
  if (draining_) {
    answer.code = admission_code::draining;
    return refused(std::move(answer));
  }
  if (!charge(x.table, *reserved, answer))
    return answer;
  auto from = current_sender();
  if (from)
    know(from);
  auto promise = make_response_promise<admission>();
  // No timeout, here and below: the clock would keep one for each block or
  // question, answered or not. If the supervisor has ended, the sender will
  // ask, as if a node were silent.
  request(init_.supervisor, caf::infinite, offer{x, reserved, from})
    .then([this, promise](
            admission& y) mutable { promise.deliver(refused(std::move(y))); },
          [promise, answer](caf::error&) mutable {
            answer.code = admission_code::overloaded;
            answer.wait = overload_wait;
            promise.deliver(std::move(answer));
          });
  return promise;
}

std::string gate::check_row_frame(const row& x) const {
  if (auto wrong = check(x.table); !wrong.empty())
    return wrong;
  if (x.table.project.empty() && init_.project.empty())
    return "the table names no project, and bigquery.project is not set";
  if (must_understand(x.extras))
    return "an extra that must be understood is unknown here";
  return {};
}

caf::result<admission> gate::take(row& x) {
  lease reserved{init_.room, row_cost(x)};
  admission answer;
  answer.rows = 1;
  answer.text = check_row_frame(x);
  if (!answer.text.empty()) {
    answer.code = admission_code::malformed;
    answer = refused(std::move(answer));
  } else if (draining_) {
    answer.code = admission_code::draining;
    answer = refused(std::move(answer));
  } else if (charge(x.table, reserved, answer)) {
    auto& rows = open_[x.table];
    rows.builder.add(std::string_view{x.json}, x.insert_id);
    rows.reserved.merge(std::move(reserved));
    if (rows.builder.size() >= packed_bytes) {
      pack(x.table, rows);
      open_.erase(x.table);
    } else if (!packing_) {
      // Comes back behind all that waits in the mailbox by now.
      packing_ = true;
      send(this, pack_rows{});
    }
  }
  auto promise = make_response_promise<admission>();
  if (current_mailbox_element()->mid.is_request())
    promise.deliver(std::move(answer));
  return promise; // whoever did not ask gets no answer
}

void gate::pack() {
  packing_ = false;
  for (auto& [table, rows] : std::exchange(open_, {}))
    pack(table, rows);
}

void gate::pack(const table_ref& table, open_rows& rows) {
  auto x = rows.builder.finish(stream_, next_row_, table);
  next_row_ += x.rows();
  auto reserved = std::make_shared<lease>(std::move(rows.reserved));
  reserved->shrink(cost(x));
  // The rows are accepted already, and the supervisor knows no refusal for
  // rows of this stream.
  request(init_.supervisor, caf::infinite,
          offer{std::move(x), std::move(reserved), nullptr})
    .then([](const admission&) {}, [](caf::error&) {});
}

gate::peer& gate::know(const caf::strong_actor_ptr& who) {
  auto [i, fresh] = peers_.try_emplace(who);
  if (fresh)
    monitor(caf::actor_cast<caf::actor_addr>(who));
  return i->second;
}

void gate::forget(const caf::strong_actor_ptr& who) {
  auto i = peers_.find(who);
  if (i == peers_.end())
    return;
  // Also if its `join` is not answered yet.
  send(collector_, caf::delete_atom_v, who);
  peers_.erase(i);
  check_finished();
}

void gate::deliver(const deliveries::delivery& x) {
  auto i = peers_.find(x.to);
  if (i == peers_.end())
    return; // gone
  auto& y = i->second;
  if (y.unacknowledged < init_.receipts_window) {
    ++y.unacknowledged;
    send_to(this, x.to, *x.what);
    return;
  }
  auto bytes = memory_of(*x.what);
  if (y.held_back_bytes + bytes > most_held_back) {
    ++init_.count->receipts_unsent; // remembered, for when it asks
    return;
  }
  y.held_back.push_back(x.what);
  y.held_back_bytes += bytes;
}

void gate::acknowledge(const caf::strong_actor_ptr& who, std::uint32_t count) {
  auto i = peers_.find(who);
  if (i == peers_.end())
    return;
  auto& x = i->second;
  x.unacknowledged -= std::min(x.unacknowledged, count);
  while (x.unacknowledged < init_.receipts_window && !x.held_back.empty()) {
    ++x.unacknowledged;
    send_to(this, who, *x.held_back.front());
    x.held_back_bytes -= memory_of(*x.held_back.front());
    x.held_back.pop_front();
  }
  check_finished();
}

void gate::subscribe(const caf::strong_actor_ptr& who, peer& x) {
  ++subscribing_;
  request(collector_, caf::infinite, subscription{who, x.wishes, x.past})
    .then(
      [this, who, mine = x.joins, asked = collector_](reply& y) {
        if (asked == collector_)
          --subscribing_;
        auto i = peers_.find(who);
        if (i == peers_.end() || i->second.joins != mine)
          return;
        if (y.code != reply_code::ok)
          i->second.joined = false;
        i->second.asked.deliver(std::move(y));
        // A later collector is asked for what is new only.
        i->second.wishes.last = 0;
        if (auto after = i->second.wishes.extras.find(join_after);
            after != i->second.wishes.extras.end())
          after->second.clear();
      },
      [this, who, mine = x.joins, asked = collector_](caf::error&) {
        if (asked == collector_)
          --subscribing_;
        // If the collector has ended, the next one is asked again.
        auto i = peers_.find(who);
        if (i == peers_.end() || i->second.joins != mine
            || !i->second.asked.pending())
          return;
        i->second.joined = false;
        i->second.asked.deliver(
          reply{reply_code::not_supported, 0, "the collector did not answer"});
      });
}

void gate::check_finished() {
  if (waiting_.empty())
    return; // no need to look at all peers
  for (auto& [who, x] : peers_)
    if (x.unacknowledged > 0)
      return;
  for (auto& x : waiting_)
    x.deliver(caf::ok_atom_v);
  waiting_.clear();
}

bool gate::may_operate(extras_map& extras) {
  auto shown = extras.find(admin_pass_extra);
  auto pass = shown == extras.end() ? std::string{} : std::move(shown->second);
  if (shown != extras.end())
    extras.erase(shown);
  if (init_.admin_pass.empty() || same_secret(pass, init_.admin_pass))
    return true;
  ++init_.count->denied;
  if (auto times = denials_.count(log_limit::clock::now()))
    spdlog::warn("{} request(s) of operators denied: {} admin pass", times,
                 pass.empty() ? "no" : "wrong");
  return false;
}

template <class In>
caf::result<reply> gate::operate(In x) {
  auto of_all = !x.table;
  if (passed_on_ >= most_passed_on || (of_all && sweeping_ >= most_sweeping))
    return too_many();
  if (!may_operate(x.extras))
    return reply{reply_code::denied, 0, denial};
  return pass_on<reply>(std::move(x), of_all ? &sweeping_ : nullptr);
}

caf::result<status> gate::tell_status(get_status& x) {
  if (!may_operate(x.extras)) {
    status refused;
    refused.code = reply_code::denied;
    refused.text = denial;
    return refused;
  }
  auto from = current_sender() ? current_sender()->node() : caf::node_id{};
  auto of_it = std::ranges::count(
    curious_, from, [](auto& y) -> auto& { return y.first; });
  if (curious_.size() >= most_curious
      || static_cast<std::size_t>(of_it) >= most_curious_of_one)
    return too_many();
  auto promise = make_response_promise<status>();
  curious_.emplace_back(from, promise);
  ask_status();
  return promise;
}

void gate::ask_status() {
  if (status_asked_ || curious_.empty())
    return;
  status_asked_ = true;
  pack(); // what was taken before counts as before
  // Who comes from now on may know of more than this one says.
  auto those = std::make_shared<decltype(curious_)>(std::move(curious_));
  curious_.clear();
  auto rest = [this, begun = clock().now()] {
    auto wait = std::min<caf::timespan>(status_rest * (clock().now() - begun),
                                        longest_rest);
    if (wait > 0s)
      delayed_send(this, wait, status_due{});
    else
      send(this, status_due{});
  };
  request(init_.supervisor, caf::infinite, get_status{})
    .then(
      [those, rest](const status& x) {
        for (auto& [from, promise] : *those)
          promise.deliver(x);
        rest();
      },
      [those, rest](const caf::error& err) {
        for (auto& [from, promise] : *those)
          promise.deliver(err);
        rest();
      });
}

template <class Out, class In>
caf::result<Out> gate::pass_on(In x, std::size_t* among) {
  ++passed_on_;
  if (among)
    ++*among;
  pack(); // what was taken before counts as before
  auto promise = make_response_promise<Out>();
  auto back = [this, among] {
    --passed_on_;
    if (among)
      --*among;
  };
  request(init_.supervisor, caf::infinite, std::move(x))
    .then(
      [back, promise](Out& y) mutable {
        back();
        promise.deliver(std::move(y));
      },
      [back, promise](caf::error& err) mutable {
        back();
        promise.deliver(std::move(err));
      });
  return promise;
}

gate::behavior_type gate::make_behavior() {
  send(init_.supervisor, gate_actor{this});
  return {
    // -- senders --------------------------------------------------------------
    [this](const block& x) { return take(x); },
    [this](row& x) { return take(x); },
    [this](const ask& x) -> caf::result<standing> {
      if (passed_on_ >= most_passed_on)
        return too_many();
      auto from = current_sender();
      if (from)
        know(from);
      return pass_on<standing>(inquiry{x, from});
    },
    [this](const receipts_ack& x) { acknowledge(current_sender(), x.count); },
    // -- operators ------------------------------------------------------------
    [this](flush& x) { return operate(std::move(x)); },
    [this](bqs::pause& x) { return operate(std::move(x)); },
    [this](bqs::resume& x) { return operate(std::move(x)); },
    [this](drain& x) -> caf::result<reply> {
      if (!may_operate(x.extras))
        return reply{reply_code::denied, 0, denial};
      draining_ = true;
      return pass_on<reply>(std::move(x));
    },
    [this](get_status& x) { return tell_status(x); },
    [this](join& x) -> caf::result<reply> {
      if (subscribing_ >= most_passed_on)
        return too_many();
      if (!may_operate(x.extras))
        return reply{reply_code::denied, 0, denial};
      auto who = current_sender();
      if (!who)
        return reply{reply_code::malformed, 0, "nobody to send failures to"};
      // What is kept is small, whoever asks.
      if (auto wrong = x.table ? check(*x.table) : std::string{};
          !wrong.empty())
        return reply{reply_code::malformed, 0, wrong};
      if (must_understand(x.extras))
        return reply{reply_code::malformed, 0,
                     "an extra that must be understood is unknown here"};
      std::erase_if(x.extras, [](auto& kvp) {
        return kvp.first != join_after || kvp.second.size() > most_wish;
      });
      auto& y = know(who);
      y.joined = true;
      ++y.joins;
      y.wishes = x;
      if (!y.past)
        y.past = std::make_shared<subscriber_past>();
      if (y.asked.pending())
        y.asked.deliver(reply{reply_code::malformed, 0,
                              "another join came before the answer"});
      y.asked = make_response_promise<reply>();
      auto answer = y.asked;
      subscribe(who, y);
      return answer;
    },
    [this](const leave&) {
      auto who = current_sender();
      if (auto i = peers_.find(who); i != peers_.end()) {
        i->second.joined = false;
        send(collector_, caf::leave_atom_v, who);
      }
      return reply{};
    },
    [this](const failures_ack& x) { send(collector_, x, current_sender()); },
    // -- from its own node ----------------------------------------------------
    [this](const deliveries& x) {
      for (auto& y : x.all)
        deliver(y);
    },
    [this](const dispatch& x) {
      if (x.missed > 0)
        send_to(this, x.to, missed{x.missed});
      for (auto& state : x.states)
        send_to(this, x.to, state);
      if (x.what)
        send_to(this, x.to, *x.what);
    },
    [this](const collector_up& x) {
      collector_ = x.who;
      subscribing_ = 0; // what the one before has not answered, it never will
      for (auto& [who, y] : peers_)
        if (y.joined)
          subscribe(who, y);
      return caf::ok_atom_v;
    },
    [this](const table_health& x) { shares_.of(x.table).well = x.well; },
    [this](const pack_rows&) { pack(); },
    [this](const status_due&) {
      status_asked_ = false;
      ask_status();
    },
    [this](const finish&) {
      auto promise = make_response_promise<caf::ok_atom>();
      waiting_.push_back(promise);
      check_finished();
      return promise;
    },
  };
}

} // namespace bqs
