#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <caf/mailbox_element.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/budget.hpp"
#include "actors/counters.hpp"
#include "actors/internal.hpp"
#include "actors/log_limit.hpp"
#include "actors/table_shares.hpp"
#include "bqstreamer/block_builder.hpp"

namespace bqs {

/// What a gate is told at start.
struct gate_init {
  std::shared_ptr<budget> room;
  std::size_t max_block_bytes = 10u << 20;
  /// Most receipts to one sender that it has not acknowledged.
  std::uint32_t receipts_window = 1024;
  /// Of tables that name none; empty: they are refused.
  std::string project;
  /// Whoever operates the node must know it; empty: anybody may.
  std::string admin_pass;
  std::shared_ptr<counters> count;
  supervisor_actor supervisor;
};

/// The one actor that other nodes know: everything that comes in or goes out
/// passes it. It lives as long as its node: nobody elsewhere can end it, and
/// what is over budget is refused before it is queued.
///
/// Spawn with `sys.spawn<gate>(init)`.
class gate : public gate_actor::base {
public:
  using super = gate_actor::base;

  gate(caf::actor_config& cfg, gate_init init);

  using super::enqueue;

  /// Runs in the thread of whoever sends.
  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* where) override;

  const char* name() const override;

  /// Lets go of handles and promises: they would hold the gate in turn.
  void on_exit() override;

protected:
  behavior_type make_behavior() override;

private:
  /// Someone who has sent a block or joined.
  struct peer {
    /// Receipts on their way to it.
    std::uint32_t unacknowledged = 0;
    /// Those that wait until it acknowledges some, oldest first; nobody waits
    /// while the window has room.
    std::deque<receipt_ptr> held_back;
    std::size_t held_back_bytes = 0;
    bool joined = false;
    join wishes;
    std::shared_ptr<internal::subscriber_past> past;
    /// Counts its joins: only the last one is answered by the collector.
    std::uint32_t joins = 0;
    /// The reply to its `join`, until there is one.
    caf::typed_response_promise<reply> asked;
  };

  /// Single rows of a table that wait to become a block.
  struct open_rows {
    block_builder builder;
    lease reserved;
  };

  // -- at the door, in any thread ---------------------------------------------

  /// Whether it is an actor of this node that nobody elsewhere can pass off as
  /// the sender of a message.
  bool is_ours(const caf::strong_actor_ptr& who) const;

  /// Whether `what` may be queued at all.
  bool may_enter(const caf::mailbox_element& what) const;

  /// Reserves room for a block or row, or fills in why it is refused.
  bool admit(std::size_t bytes, std::size_t limit, admission& refusal);

  void refuse(caf::mailbox_element& what, admission why,
              caf::execution_unit* where);

  // -- inside -----------------------------------------------------------------

  caf::result<admission> take(const block& x);
  caf::result<admission> take(row& x);
  std::string check_row_frame(const row& x) const;
  admission refused(admission why);
  /// Charges a table with what was reserved for it, unless it holds its share
  /// of the budget already.
  bool charge(const table_ref& table, lease& reserved, admission& refusal);
  void pack();
  void pack(const table_ref& table, open_rows& rows);
  peer& know(const caf::strong_actor_ptr& who);
  void forget(const caf::strong_actor_ptr& who);
  void deliver(const internal::deliveries::delivery& x);
  void acknowledge(const caf::strong_actor_ptr& who, std::uint32_t count);
  void subscribe(const caf::strong_actor_ptr& who, peer& x);
  void check_finished();

  /// Whether a request of operators may be carried out. Takes the pass out of
  /// it: nobody behind the gate needs it.
  bool may_operate(extras_map& extras);

  /// Carries out what operators want, or says why not.
  template <class In>
  caf::result<reply> operate(In x);

  /// Answers with the status, or says why not.
  caf::result<status> tell_status(get_status& x);

  /// Asks for the status, for all who wait, unless that was done just now: with
  /// many tables it is work, and nobody shall keep the node from its own.
  void ask_status();

  /// Asks the supervisor for the caller, so that the caller never sees it.
  /// @param among counts it as well while it is there.
  template <class Out, class In>
  caf::result<Out> pass_on(In x, std::size_t* among = nullptr);

  gate_init init_;
  log_limit denials_{std::chrono::minutes{1}};
  /// Requests that the supervisor has not answered.
  std::size_t passed_on_ = 0;
  /// Of these, what operators want of all tables at once.
  std::size_t sweeping_ = 0;
  /// Who waits for the next status, by node.
  std::vector<std::pair<caf::node_id, caf::typed_response_promise<status>>>
    curious_;
  bool status_asked_ = false;
  /// Those that this collector has not.
  std::size_t subscribing_ = 0;
  std::atomic<bool> draining_{false};
  error_collector_actor collector_;
  std::map<caf::strong_actor_ptr, peer> peers_;
  /// Rows that came one by one get numbers of the node's own stream.
  stream_id stream_ = make_stream_id();
  std::uint64_t next_row_ = 0;
  std::map<table_ref, open_rows> open_;
  table_shares shares_;
  bool packing_ = false;
  std::vector<caf::typed_response_promise<caf::ok_atom>> waiting_;
};

} // namespace bqs
