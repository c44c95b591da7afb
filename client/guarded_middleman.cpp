#include "client/guarded_middleman.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/atom.hpp>
#include <caf/behavior.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/detail/scope_guard.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/system_messages.hpp>
#include <caf/make_type_erased_tuple_view.hpp>
#include <caf/message_handler.hpp>
#include <caf/node_id.hpp>
#include <caf/sec.hpp>
#include <caf/settings.hpp>
#include <caf/timespan.hpp>

#include <openssl/err.h>

#include "client/buffers.hpp"
#include "client/message_check.hpp"
#include "client/message_header.hpp"
#include "client/message_limits.hpp"
#include "client/message_pieces.hpp"
#include "client/peer_memory.hpp"
#include "client/peer_watch.hpp"
#include "client/tls_handshake.hpp"

namespace bqs {

namespace {

using namespace std::chrono_literals;
namespace basp = caf::io::basp;
using caf::io::connection_handle;

/// Whoever connects says who it is within this time.
constexpr auto greeting_time = 30s;

/// CAF keeps something for each actor that a peer speaks of, until it hears of
/// the actor's end.
constexpr std::size_t most_actors = 1u << 16;

/// Of what peers say each message for one of them comes from so many bytes at
/// least: those are how many a header has, or the name of an actor.
constexpr std::size_t least_said = 32;

/// Of all middlemen of the process.
message_limits limits;

/// Whether a connection stands, and bytes came from its other end within this
/// time: also those that nobody has read yet.
bool is_alive(int fd, caf::timespan most_silence) {
  tcp_info x{};
  socklen_t size = sizeof(x);
  return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &x, &size) == 0
         && x.tcpi_state == TCP_ESTABLISHED
         && std::chrono::milliseconds{x.tcpi_last_data_recv} <= most_silence;
}

class guarded_broker : public caf::io::basp_broker {
public:
  using super = caf::io::basp_broker;

  using super::super;

  caf::behavior make_behavior() override {
    inner_ = super::make_behavior();
    constexpr auto usual = caf::timespan{10s};
    auto set
      = caf::get_or(config(), "middleman.heartbeat-interval", caf::timespan{});
    heartbeat_ = set.count() > 0 ? set : usual;
    caf::message_handler ours{
      [this](caf::io::new_data_msg& x) {
        try {
          take(x);
        } catch (const std::exception&) { // of CAF: not a number of a choice
          refuse(x.handle, {{}, stranger, false});
        }
        shrink(x.buf); // CAF goes on with this one
      },
      [this](caf::io::new_connection_msg& x) {
        auto& who = renew(x.handle);
        who.accepted = true;
        ack_writes(x.handle, true);
        delayed_send(this, greeting_time, caf::close_atom_v, x.handle,
                     who.number);
        pass_on(x);
      },
      [this](caf::io::data_transferred_msg& x) { note_written(x); },
      [this](caf::tick_atom, caf::actor_clock::time_point scheduled,
             caf::timespan interval, caf::timespan timeout) {
        caf::atom_value tick = caf::tick_atom::value;
        auto content = caf::make_type_erased_tuple_view(tick, scheduled,
                                                        interval, timeout);
        inner_(content);
        see_off(); // CAF ends those that were silent
      },
      [this](caf::io::connection_closed_msg& x) {
        end_writing(x.handle);
        // CAF leaves what OpenSSL says of this connection in the queue of the
        // thread, and would take it for the fault of whoever speaks next.
        ERR_clear_error();
        forget(x.handle);
        // CAF would wait until all that came before is read. By then another
        // connection may have the same descriptor, and would lose its route:
        // no answer would ever find back. We read at once, so nothing waits.
        clean_up(x.handle);
      },
      [this](caf::close_atom, connection_handle x, std::uint64_t number) {
        auto i = peers_.find(x);
        if (i != peers_.end() && i->second.number == number && !i->second.known)
          refuse(x, {{}, "it does not say who it is", true});
      },
    };
    return ours.or_else(inner_);
  }

  /// CAF would have its broker take as few messages in turn as every actor
  /// does (`scheduler.max-throughput`), and so fewer than what it reads
  /// meanwhile may cause: answers would gather before it, where nothing bounds
  /// them. All that there are would not do: a sender's blocks would not leave
  /// before the last of them is written up.
  resume_result resume(caf::execution_unit* unit, std::size_t most) override {
    auto more = std::exchange(said_, 0) / least_said;
    constexpr auto all = std::numeric_limits<std::size_t>::max();
    return super::resume(unit, most + std::min(more, all - most));
  }

  void on_exit() override {
    // CAF waits for all that is on its way to somebody: for ever, if they do
    // not read.
    last_words::sockets waiting;
    for (auto handle : connections()) {
      auto i = peers_.find(handle);
      auto fd = static_cast<int>(handle.id());
      if (i != peers_.end() && !i->second.known)
        ::shutdown(fd, SHUT_RDWR);
      else // also those that seem to have read all: CAF writes by itself, too
        waiting.push_back(fd);
    }
    auto& middleman = home_system().middleman();
    static_cast<guarded_middleman&>(middleman).farewell().begin(waiting);
    super::on_exit();
  }

  /// CAF would start an actor for each peer that it gets to know, and keep it
  /// for ever: to have actors spawned over there, which nobody wants.
  void learned_new_node_directly(const caf::node_id&, bool) override {
    // nop
  }

  /// Peers talk of themselves and of us. For each other node that they name CAF
  /// would keep an actor and a route, for ever.
  caf::strong_actor_ptr make_proxy(caf::node_id node,
                                   caf::actor_id actor) override {
    if (!speaker_ || node == speaker_)
      return super::make_proxy(std::move(node), actor);
    unwanted_.emplace_back(std::move(node), actor);
    return nullptr;
  }

  /// Writes what there is for a peer. What those who have come to us do not
  /// read is bounded in sum, as what they announce is: the one that leaves most
  /// is cut off, and what still comes for it is dropped. What we send to whom
  /// we have called has bounds of its own: the window of a producer.
  void flush(connection_handle x) override {
    if (holds_back(x))
      return;
    auto i = peers_.find(x);
    if (i == peers_.end() || !i->second.accepted)
      return super::flush(x);
    auto& who = i->second;
    auto& waiting = get_buffer(x);
    if (who.refused) {
      std::vector<char>{}.swap(waiting);
      return;
    }
    auto more = waiting.size() - std::min(waiting.size(), who.behind);
    super::flush(x);
    who.behind = waiting.size();
    auto unread = memory_.add_unread(x, more);
    who.large = who.large || unread > usual_buffer;
    while (auto deaf = memory_.drop_greediest(limits.of_all())) {
      refuse(*deaf, {{}, "it does not read what it is sent"});
      if (valid(*deaf))
        std::vector<char>{}.swap(get_buffer(*deaf));
    }
  }

private:
  /// Keeps a greeting from CAF until the TLS handshake is done. CAF would write
  /// whenever the socket takes something, which it always does, while OpenSSL
  /// waits for the peer to speak: a peer that does not would cost a processor.
  bool holds_back(connection_handle x) {
    auto i = peers_.find(x);
    auto fd = static_cast<int>(x.id());
    if ((i != peers_.end() && i->second.accepted && i->second.known)
        || !is_in_handshake(fd))
      return false;
    // The socket is this connection's as long as its handshake goes on.
    caf::weak_actor_ptr weak{ctrl()};
    auto text = std::exchange(get_buffer(x), {});
    after_handshake(fd, [this, weak, x, text] {
      auto self = caf::actor_cast<caf::strong_actor_ptr>(weak);
      if (!self || !valid(x))
        return;
      auto& waiting = get_buffer(x);
      waiting.insert(waiting.end(), text.begin(), text.end());
      flush(x);
    });
    return true;
  }

  /// The other end of a connection.
  struct peer {
    /// Connections may get the handle of an earlier one.
    std::uint64_t number = 0;
    /// It has come to us.
    bool accepted = false;
    /// Its greeting has come as a whole, and it has the name.
    bool known = false;
    caf::node_id name;
    std::string name_on_wire{};
    /// It has given a name that another connection has.
    bool waits = false;
    /// It is cut off; what it may have sent still counts for nothing.
    bool refused = false;
    /// The message that it is sending.
    message_pieces coming{};
    /// Of the bytes that wait for it, those behind what CAF is writing.
    std::size_t behind = 0;
    /// They have made a buffer of CAF's large.
    bool large = false;
  };

  template <class T>
  void pass_on(T& x) {
    auto content = caf::make_message(std::move(x));
    auto tidied = caf::detail::make_scope_guard([this] {
      speaker_ = caf::none;
      for (auto& [node, actor] : std::exchange(unwanted_, {}))
        proxies().erase(node, actor); // holds nothing; there is a place for it
      // CAF leaves a pointer to a variable that is gone by now.
      set_last_hop(nullptr);
    });
    inner_(content);
    x = std::move(content.template get_mutable_as<T>(0));
  }

  void take(caf::io::new_data_msg& x) {
    said_ += x.buf.size();
    auto context = ctx.find(x.handle);
    auto outgoing = context != ctx.end() && context->second.remote_port != 0;
    // A handle that once stood for a connection to us may stand for ours now,
    // or for another one of ours, with which CAF has not spoken yet.
    auto known = peers_.find(x.handle);
    auto is_other = known == peers_.end() || known->second.accepted == outgoing
                    || (outgoing && known->second.known && !context->second.id);
    auto& from = is_other ? renew(x.handle) : known->second;
    if (from.refused)
      return;
    auto begins
      = context == ctx.end() || context->second.cstate != basp::await_payload;
    auto skips = from.coming.is_skipped();
    if (skips || !begins) {
      if (!from.coming.add(x.buf))
        return read_next(x.handle, from.coming.next());
      memory_.arrived(x.handle);
    }
    if (skips)
      return read_next(x.handle, basp::header_size);
    if (begins) {
      auto why = x.buf.size() == basp::header_size
                   ? begin_message(x.handle, from, outgoing, read_header(x.buf))
                   : stranger;
      if (why != nullptr)
        return refuse(x.handle, {{}, why, false});
      if (from.coming.is_skipped())
        return read_next(x.handle, from.coming.next());
    } else {
      auto& header = context->second.hdr;
      auto unwanted = false;
      auto why = basp::is_handshake(header)
                   ? greet(x, from, outgoing,
                           header.has(basp::header::select_connection_flag))
                   : judge(x, from, header.operation, unwanted);
      if (why != nullptr)
        return refuse(x.handle, {{}, why, false});
      if (unwanted && from.accepted)
        report_refused_peer(
          static_cast<int>(x.handle.id()),
          {{}, "a message that no peer needs was passed over", false, true});
      if (!from.known || unwanted) { // CAF does not hear of it
        context->second.cstate = basp::await_header;
        return read_next(x.handle, basp::header_size);
      }
    }
    speaker_ = from.name;
    pass_on(x);
    if (!valid(x.handle)) { // CAF has closed it, and says so to nobody
      if (from.accepted && !from.refused)
        report_refused_peer(static_cast<int>(x.handle.id()),
                            {{}, stranger, false});
      end_writing(x.handle);
      return forget(x.handle);
    }
    if (begins && from.coming.in_pieces())
      read_next(x.handle, from.coming.next()); // else CAF would read all
    if (!begins && proxies().count_proxies(from.name) > most_actors)
      refuse(x.handle, {{}, "too many of its actors are known", false});
  }

  /// Hears a greeting; returns what is wrong with it, if anything. A connection
  /// keeps its first name, and no two have the same.
  const char* greet(caf::io::new_data_msg& x, peer& who, bool outgoing,
                    bool selects) {
    std::string_view said{x.buf.data(), x.buf.size()};
    caf::node_id name;
    caf::binary_deserializer source{context(), x.buf};
    if (!begins_with_name(said) || source(name) || !name)
      return stranger;
    if (who.known)
      return name == who.name ? nullptr : "it changes its name";
    if (!outgoing && is_taken(name)) {
      auto other = instance.tbl().lookup_direct(name);
      auto here = name == this_node() || (other && is_here(*other));
      if (other && !here)
        cut_off(*other);
      // A client that has two addresses of a node connects twice; it says no
      // more on the second connection and ends it. So do we, when we connect to
      // ourselves. Who wants to stay says so by the flag.
      if (!selects && !std::exchange(who.waits, true)) {
        if (other && here)
          ask(*other);
        return nullptr;
      }
      if (here)
        return "it claims to be a peer that is here";
      cut_off(x.handle); // it tries again
      return nullptr;
    }
    who.known = true;
    who.name = std::move(name);
    who.name_on_wire = said.substr(0, node_name_size);
    return nullptr;
  }

  /// Returns what is wrong with a message that is no greeting, if anything.
  /// @param unwanted set if it is to be passed over
  const char* judge(const caf::io::new_data_msg& x, const peer& who,
                    basp::message_type type, bool& unwanted) {
    std::string_view said{x.buf.data(), x.buf.size()};
    auto verdict = message_verdict::good;
    if (type == basp::message_type::direct_message) {
      verdict = check_message(said, who.accepted);
    } else {
      // CAF believes that an actor of a third node has ended, or tells that
      // node so of one of ours.
      if (!said.starts_with(who.name_on_wire + name_on_wire(this_node())))
        return "it speaks in the name of another";
      said.remove_prefix(2 * node_name_size);
      if (type == basp::message_type::down_message)
        verdict = check_error(said);
      else if (!said.empty())
        return stranger;
    }
    unwanted = verdict == message_verdict::unwanted;
    return verdict == message_verdict::broken ? stranger : nullptr;
  }

  bool is_taken(const caf::node_id& name) {
    return name == this_node() || leaving_.contains(name)
           || instance.tbl().lookup_direct(name);
  }

  /// Lets CAF forget a connection, and its name be free when that is done. CAF
  /// ends the proxies of a lost peer at once, but looks for them again later
  /// on; if the peer were back by then, it would lose the new ones.
  void clean_up(connection_handle x) {
    auto name = instance.tbl().lookup_direct(x);
    connection_cleanup(x, caf::sec::none);
    if (!name || !leaving_.insert(name).second)
      return;
    caf::weak_actor_ptr weak{ctrl()};
    home_system().middleman().backend().post([this, weak, name] {
      if (auto self = caf::actor_cast<caf::strong_actor_ptr>(weak))
        leaving_.erase(name);
    });
  }

  /// Whether a connection has its name with right. Peers send heartbeats; one
  /// that was silent for two of them is gone, or cannot be reached.
  bool is_here(connection_handle x) const {
    auto i = peers_.find(x);
    return i != peers_.end() && !i->second.refused
           && is_alive(static_cast<int>(x.id()), 2 * heartbeat_);
  }

  /// If the other end does not know this connection any more, its system says
  /// so now.
  void ask(connection_handle x) {
    instance.write_heartbeat(context(), get_buffer(x));
    flush(x);
  }

  /// Waits for so many bytes, of which CAF hears nothing.
  void read_next(connection_handle x, std::uint64_t bytes) {
    configure_read(x, caf::io::receive_policy::exactly(bytes));
  }

  /// Lets a message begin. Returns what is wrong with it, if anything.
  const char* begin_message(connection_handle x, peer& from, bool outgoing,
                            const basp::header& header) {
    auto why
      = check_header(header, outgoing, from.known, limits.of_one(outgoing));
    if (why != nullptr || header.payload_len == 0) // a heartbeat
      return why;
    while (auto slow
           = memory_.drop_slowest(header.payload_len, limits.of_all()))
      refuse(*slow, {{}, "its message takes too long to arrive", false});
    memory_.announce(x, header.payload_len);
    from.coming.begin(header.payload_len, is_unwanted(header));
    return nullptr;
  }

  /// What CAF is writing takes memory until the last byte of it is written;
  /// then CAF takes what has gathered behind it, and leaves the other buffer
  /// here.
  void note_written(const caf::io::data_transferred_msg& x) {
    auto i = peers_.find(x.handle);
    if (i == peers_.end() || i->second.refused)
      return;
    // Under TLS 1.3 a peer may begin a change of keys, and leave it at that.
    // CAF would try to write without a pause. One that comes as a whole is over
    // before we hear of it.
    if (x.written == 0 && x.remaining > 0
        && is_in_handshake(static_cast<int>(x.handle.id())))
      return refuse(x.handle, {{}, "it does not end its TLS handshake"});
    auto& who = i->second;
    auto& waiting = get_buffer(x.handle);
    if (x.remaining > waiting.size()) {
      who.behind = waiting.size();
      return;
    }
    who.behind = 0;
    memory_.set_unread(x.handle, x.remaining);
    if (x.remaining > 0)
      return;
    // CAF would keep both as large as they ever were. The one that it has in
    // hand comes here when there is something to write.
    shrink(waiting);
    if (std::exchange(who.large, false))
      instance.write_heartbeat(context(), waiting);
  }

  /// Cuts a connection off; CAF sees its end, and cleans up.
  void refuse(connection_handle x, refused_peer why) {
    auto i = peers_.find(x);
    if (i != peers_.end() && i->second.accepted && !i->second.refused
        && valid(x))
      report_refused_peer(static_cast<int>(x.id()), std::move(why));
    cut_off(x);
  }

  /// The same, and nobody is told.
  void cut_off(connection_handle x) {
    // Of connections that CAF ends by itself we do not hear: by now something
    // else may have the descriptor.
    if (!valid(x))
      return forget(x);
    auto i = peers_.find(x);
    if (i != peers_.end()) {
      i->second.refused = true;
      i->second.coming = {};
    }
    ::shutdown(static_cast<int>(x.id()), SHUT_RDWR);
  }

  /// For a connection that CAF has just closed: its socket is open until we
  /// return. CAF would wait until what it is writing is read, for ever, with
  /// its memory counted by nobody.
  static void end_writing(connection_handle x) {
    ::shutdown(static_cast<int>(x.id()), SHUT_RDWR);
  }

  /// The same for all that are closed.
  void see_off() {
    std::vector<connection_handle> gone;
    for (auto& [handle, who] : peers_)
      if (!valid(handle))
        gone.push_back(handle);
    for (auto handle : gone) {
      end_writing(handle);
      forget(handle);
    }
  }

  peer& renew(connection_handle x) {
    forget(x);
    auto& result = peers_[x];
    result.number = ++connections_;
    return result;
  }

  void forget(connection_handle x) {
    memory_.forget(x);
    peers_.erase(x);
  }

  caf::behavior inner_;
  /// Whose message is being read, if it is one.
  caf::node_id speaker_;
  /// Actors of others that it has named.
  std::vector<std::pair<caf::node_id, caf::actor_id>> unwanted_;
  caf::timespan heartbeat_{};
  /// Names of peers that are gone, and not gone altogether.
  std::unordered_set<caf::node_id> leaving_;
  std::unordered_map<connection_handle, peer> peers_;
  peer_memory memory_;
  std::uint64_t connections_ = 0;
  /// Bytes that peers have said since messages were written up.
  std::size_t said_ = 0;
};

} // namespace

caf::actor_system::module* guarded_middleman::make(caf::actor_system& sys,
                                                   caf::detail::type_list<>) {
  return new guarded_middleman(sys);
}

guarded_middleman::guarded_middleman(caf::actor_system& sys)
  : middleman(sys), backend_(&sys) {
  // nop
}

caf::io::network::multiplexer& guarded_middleman::backend() {
  return backend_;
}

void guarded_middleman::start() {
  // Whoever asks for the broker of this name gets the one that is there.
  named_broker<guarded_broker>(caf::atom("BASP"));
  follow_handshakes();
  middleman::start();
}

void guarded_middleman::stop() {
  middleman::stop();
  farewell_.end();
}

void allow_messages(std::size_t block_bytes) {
  limits.allow_blocks(block_bytes);
}

} // namespace bqs
