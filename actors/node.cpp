#include "bqstreamer/node.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/exit_reason.hpp>
#include <caf/expected.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/openssl/publish.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include "actors/dead_letter_writer.hpp"
#include "actors/gate.hpp"
#include "actors/listening.hpp"
#include "actors/options_check.hpp"
#include "actors/refusal_log.hpp"
#include "actors/service_access.hpp"
#include "actors/supervisor.hpp"
#include "actors/token_actor.hpp"
#include "client/guarded_middleman.hpp"
#include "client/peer_watch.hpp"
#include "http/credentials.hpp"
#include "http/tls.hpp"

namespace bqs {

namespace {

/// Where the supervisor leaves its report for whoever waits.
struct report_box {
  std::mutex guard;
  std::condition_variable arrived;
  std::optional<drain_report> report;
};

/// Opens the dead-letter files, if there shall be any. Returns what is wrong.
std::string open_dead_letters(const node_options& options,
                              supervisor_init& init) {
  if (options.dead_letters.directory.empty())
    return {};
  // Else a row could be too long for an empty directory, and all that fail
  // behind it would be held with it.
  if (options.dead_letters.max_bytes / 2 < options.max_block_bytes)
    return "dead-letters.max-bytes must be at least twice "
           "budget.max-block-bytes: each row must have room";
  auto file = std::make_shared<dead_letter_file>(options.dead_letters);
  if (auto why = file->open(); !why.empty())
    return "dead-letters.directory: " + why;
  init.dead_letters = std::make_shared<dead_letter_gauge>();
  init.dead_letters->bytes = file->bytes();
  dead_letter_writer_init writer{file, init.dead_letters,
                                 options.bigquery.project};
  init.make_dead_letters = [writer](caf::actor_system& x) {
    return x.spawn<caf::detached>(dead_letter_writer, writer);
  };
  return {};
}

/// Counts peers that were refused, and tells of them in the log.
class refusals {
public:
  explicit refusals(std::shared_ptr<counters> count)
    : count_(std::move(count)),
      watch_([this](const refused_peer& x) { take(x); }) {
    // nop
  }

  void set_port(std::uint16_t port) {
    watch_.set_port(port);
  }

private:
  void take(const refused_peer& x) {
    if (!x.silent && !x.stays)
      ++count_->refused_peers;
    if (auto line = log_.note(x, log_limit::clock::now()))
      spdlog::log(line->warns ? spdlog::level::warn : spdlog::level::info, "{}",
                  line->text);
  }

  std::shared_ptr<counters> count_;
  refusal_log log_;
  /// Last: it calls back into the above.
  peer_watch watch_;
};

/// Returns what is missing for TLS with peers that show who they are. CAF's
/// manager does without certificates, and then lets in anybody.
std::string check_tls_setup(const caf::actor_system& sys) {
  auto& cfg = sys.config();
  if (!sys.has_openssl_manager())
    return "use_tls was not called";
  if (cfg.openssl_certificate.empty())
    return "no certificate";
  if (cfg.openssl_key.empty())
    return "no key of the certificate";
  return cfg.openssl_cafile.empty() ? "no authority that peers must be of" : "";
}

} // namespace

struct node::impl {
  caf::actor_system& sys;
  supervisor_actor supervisor;
  gate_actor gate;
  std::shared_ptr<http::credentials> source;
  std::shared_ptr<report_box> box;
  std::shared_ptr<counters> count;
  std::string admin_pass;
  /// While it listens.
  std::unique_ptr<refusals> doorbell;
  std::optional<std::uint16_t> port;
  bool tls = false;
};

std::variant<std::unique_ptr<node>, start_fault>
node::start(caf::actor_system& sys, node_options options) {
  if (auto wrong = check_options(options); !wrong.empty())
    return start_fault{wrong};
  auto read = read_service_access(options.bigquery);
  if (auto wrong = std::get_if<std::string>(&read))
    return start_fault{*wrong};
  auto& service = std::get<service_access>(read);
  auto opened = http::open_credentials(service.by);
  if (auto wrong = std::get_if<http::open_fault>(&opened))
    return start_fault{wrong->where + ": " + wrong->text, wrong->may_pass};
  std::shared_ptr<http::credentials> source
    = std::move(std::get<std::unique_ptr<http::credentials>>(opened));
  allow_messages(options.max_block_bytes);
  auto box = std::make_shared<report_box>();
  supervisor_init init;
  if (auto wrong = open_dead_letters(options, init); !wrong.empty())
    return start_fault{wrong};
  init.room = std::make_shared<budget>(options.max_buffered_bytes);
  init.count = std::make_shared<counters>();
  init.make_tokens = [source](caf::actor_system& x) {
    return x.spawn(token_behavior, [source](caf::actor_system& y) {
      return y.spawn<caf::detached>(fetcher_behavior, source);
    });
  };
  auto tls = http::tls_context::open(service.how.tls);
  if (auto wrong = std::get_if<std::string>(&tls))
    return start_fault{"bigquery." + *wrong};
  http_options to{service.where, service.how, options.bigquery.timeout,
                  options.bigquery.max_answer_bytes};
  to.compress = options.bigquery.compress;
  // It keeps what the files held at start.
  auto keep = std::get<http::tls_context::pointer>(std::move(tls));
  init.make_worker = [to, keep](caf::actor_system& x, token_actor tokens) {
    return spawn_http_actor(x, to, std::move(tokens));
  };
  init.on_drained = [box](const drain_report& x) {
    std::lock_guard lock{box->guard};
    box->report = x;
    box->arrived.notify_all();
  };
  gate_init door;
  door.room = init.room;
  door.count = init.count;
  door.max_block_bytes = options.max_block_bytes;
  door.receipts_window = options.receipts_window;
  door.project = options.bigquery.project;
  door.admin_pass = std::exchange(options.admin_pass, {});
  auto result = std::make_unique<impl>(
    impl{sys, {}, {}, source, box, init.count, door.admin_pass, {}, {}, false});
  init.options = std::move(options);
  result->supervisor = sys.spawn(supervisor, std::move(init));
  door.supervisor = result->supervisor;
  result->gate = sys.spawn<bqs::gate>(std::move(door));
  return std::unique_ptr<node>{new node{std::move(result)}};
}

node::node(std::unique_ptr<impl> x) : impl_(std::move(x)) {
  // nop
}

node::~node() {
  auto& x = *impl_;
  if (x.port && x.tls)
    // CAF 0.17.6: openssl::unpublish does not compile.
    caf::anon_send(x.sys.openssl_manager().actor_handle(),
                   caf::unpublish_atom_v, x.gate.address(), *x.port);
  else if (x.port)
    x.sys.middleman().unpublish(x.gate, *x.port);
  // A gate listens to exit messages of its own process only, by name.
  caf::scoped_actor self{x.sys};
  x.source->cancel(); // nobody waits for a token any more
  self->send_exit(x.gate, caf::exit_reason::user_shutdown);
  self->send_exit(x.supervisor, caf::exit_reason::user_shutdown);
  self->wait_for(x.gate, x.supervisor);
}

node_actor node::gate() const {
  return impl_->gate;
}

std::variant<std::uint16_t, std::string>
node::publish(const std::string& address, std::uint16_t port, bool tls) {
  auto& x = *impl_;
  auto where = "cannot listen on " + address + ":" + std::to_string(port);
  if (x.port)
    return where + " (the node listens already)";
  auto places = find_listening_places(address, tls);
  if (!places.fault.empty())
    return where + ": node.address " + places.fault;
  if (auto wrong = tls ? check_tls_setup(x.sys) : std::string{}; !wrong.empty())
    return where + ": TLS is not set up: " + wrong;
  auto doorbell = std::make_unique<refusals>(x.count);
  caf::expected<std::uint16_t> opened = caf::sec::cannot_open_port;
  for (auto& place : places.addresses)
    if (!opened)
      opened = tls
                 ? caf::openssl::publish(gate(), port, place.c_str(), true)
                 : x.sys.middleman().publish(gate(), port, place.c_str(), true);
  if (!opened)
    return where + " (in use, or not an address of this machine)";
  x.port = *opened;
  x.tls = tls;
  x.doorbell = std::move(doorbell);
  x.doorbell->set_port(*opened);
  return *opened;
}

void node::begin_drain(std::optional<std::chrono::milliseconds> timeout) {
  caf::scoped_actor self{impl_->sys};
  drain x;
  if (timeout)
    x.timeout = caf::timespan{*timeout};
  if (!impl_->admin_pass.empty())
    x.extras[admin_pass_extra] = impl_->admin_pass;
  self->send(impl_->gate, x);
}

std::optional<drain_report> node::wait_drained(std::chrono::milliseconds most) {
  auto& box = *impl_->box;
  std::unique_lock lock{box.guard};
  box.arrived.wait_for(lock, most, [&] { return box.report.has_value(); });
  return box.report;
}

} // namespace bqs
