// Sender, node and service, as fast as they go, and in the same run what the
// service, the wire and memory allow.

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "bench/benches.hpp"
#include "bench/rows.hpp"

namespace bqs::bench {

namespace {

using values = results::values;

constexpr auto bench_name = "end_to_end";
constexpr auto rows_a_request = "rows a request";

/// What goes through in one case.
struct load {
  std::size_t size = 200;
  /// Of a block and of a request.
  std::size_t rows = 500;
  bool tls = false;

  std::string name() const {
    return std::to_string(size) + " B, " + grouped(rows) + " rows, "
           + (tls ? "TLS" : "plain") + ": ";
  }

  std::vector<std::string> words(const run& how) const {
    return {"rows=" + std::to_string(rows), "size=" + std::to_string(size),
            "milliseconds=" + std::to_string(how.pick(3000ms, 400ms).count())};
  }

  /// Requests of exactly a block.
  std::vector<std::string> settings(const run& how) const {
    std::vector<std::string> result{"batch.rows=" + std::to_string(rows),
                                    "batch.max-rows=" + std::to_string(rows)};
    if (tls)
      for (auto& x : trusting_settings(how))
        result.push_back(x);
    return result;
  }
};

values numbers(const load& x, const measured& found,
               const std::vector<std::string>& processes, double ready_made) {
  // The same columns for all, in one order.
  values result{
    {"rows/s", found.rows_per_second()},
    {"MB/s", found.rows_per_second() * static_cast<double>(x.size) / 1e6},
    {"of ready-made", nullptr}};
  if (ready_made > 0)
    result["of ready-made"] = found.rows_per_second() / ready_made;
  auto add = [&](const std::string& what, auto value_of) {
    for (auto name : {"sender", "node", "sandbox"}) {
      auto i = std::ranges::find(processes, name);
      auto& value = result[what + " " + name];
      if (i != processes.end())
        value = value_of(static_cast<std::size_t>(i - processes.begin()));
    }
  };
  add("CPU-s/M rows", [&](std::size_t i) { return found.cost(i); });
  add("peak MiB", [&](std::size_t i) { return found.used[i].peak_mib; });
  return result;
}

measured post_ready_made(const run& how, const load& x, bool packed = false) {
  auto box = start_sandbox(how, x.tls);
  auto words = x.words(how);
  words.push_back("endpoint=" + box.url);
  if (x.tls)
    words.push_back("ca=" + how.certificates + "/ca.crt");
  if (packed)
    words.emplace_back("packed=1");
  process poster{BQS_BENCH_POSTER, words};
  poster.line_with("ready");
  return measure(poster, {&box.program});
}

measured send_embedded(const run& how, const load& x) {
  auto box = start_sandbox(how, x.tls);
  auto words = x.words(how);
  words.push_back("endpoint=" + box.url);
  for (auto& y : x.settings(how))
    words.push_back("set=" + y);
  auto sender = start_sender(words);
  return measure(sender, {&box.program});
}

measured send_remote(const run& how, const load& x,
                     std::vector<std::string> words,
                     std::vector<std::string> settings, bool tls) {
  auto box = start_sandbox(how, x.tls);
  if (tls) {
    for (auto& y : tls_settings(how))
      settings.push_back(y);
    words.push_back("tls=" + how.certificates);
  }
  auto node = start_node(box.url, settings);
  words.push_back("node=" + std::to_string(node.port));
  auto sender = start_sender(words);
  return measure(sender, {&node.program, &box.program});
}

measured send_to_sink(const run& how, const load& x, bool tls) {
  std::vector<std::string> options;
  auto words = x.words(how);
  words.emplace_back("by=blocks");
  if (tls) {
    options.push_back("tls=" + how.certificates);
    words.push_back(options.front());
  }
  process sink{BQS_BENCH_SINK, options};
  words.push_back("node=" + std::to_string(port_in(sink.line())));
  auto sender = start_sender(words);
  return measure(sender, {&sink});
}

/// Copies the bytes of blocks into buffers that no cache holds.
void copy_bytes(run& how, const load& x) {
  auto rows = pack_rows(x.rows, x.size);
  auto& bytes = rows->json;
  std::string to(std::max<std::size_t>(bytes.size(), 64u << 20), '\0');
  auto begin = steady_seconds();
  auto end = begin + how.pick(1.0, 0.2);
  std::size_t at = 0;
  double copied = 0;
  for (; steady_seconds() < end; copied += static_cast<double>(x.rows)) {
    if (at + bytes.size() > to.size())
      at = 0;
    std::memcpy(to.data() + at, bytes.data(), bytes.size());
    at += bytes.size();
  }
  auto seconds = steady_seconds() - begin;
  how.found.add(
    bench_name, x.name() + "memcpy of the bytes",
    {{"rows/s", copied / seconds},
     {"MB/s", copied / seconds * static_cast<double>(x.size) / 1e6}});
}

void send_all_ways(run& how, const load& x) {
  auto ready_made = median(how, [&] { return post_ready_made(how, x); });
  how.found.add(bench_name, x.name() + "ready-made bodies",
                numbers(x, ready_made, {"sender", "sandbox"}, 0));
  auto most = ready_made.rows_per_second();
  auto embedded = median(how, [&] { return send_embedded(how, x); });
  how.found.add(bench_name, x.name() + "node in the sender",
                numbers(x, embedded, {"sender", "sandbox"}, most));
  for (auto tls : {false, true}) {
    auto remote = median(how, [&] {
      return send_remote(how, x, x.words(how), x.settings(how), tls);
    });
    how.found.add(bench_name,
                  x.name() + "sender, node" + (tls ? " by TLS" : ""),
                  numbers(x, remote, {"sender", "node", "sandbox"}, most));
  }
}

/// With all settings as they are. How many rows a request has is up to the
/// node; the ready-made bodies have as many.
void send_by_defaults(run& how) {
  load x{200, 500, false};
  auto words = x.words(how);
  words.emplace_back("pack=5000");
  auto found = median(how, [&] {
    auto box = start_sandbox(how);
    auto node = start_node(box.url);
    auto all = words;
    all.push_back("node=" + std::to_string(node.port));
    auto sender = start_sender(all);
    auto result = measure(sender, {&node.program, &box.program});
    result.result[rows_a_request] = books_of(box).rows_a_request();
    return result;
  });
  x.rows = found.result[rows_a_request].get<std::size_t>();
  auto ready_made = median(how, [&] { return post_ready_made(how, x); });
  auto name = std::to_string(x.size) + " B, all settings at their defaults, ";
  how.found.add(bench_name,
                name + "plain: ready-made bodies of " + grouped(x.rows)
                  + " rows",
                numbers(x, ready_made, {"sender", "sandbox"}, 0));
  how.found.add(bench_name, name + "plain: sender, node",
                numbers(x, found, {"sender", "node", "sandbox"},
                        ready_made.rows_per_second()));
}

/// With bodies that are packed, beside ready-made ones that were.
void send_packed(run& how) {
  load x{200, 500, false};
  auto ready_made = median(how, [&] { return post_ready_made(how, x, true); });
  how.found.add(bench_name, x.name() + "ready-made bodies, packed",
                numbers(x, ready_made, {"sender", "sandbox"}, 0));
  auto settings = x.settings(how);
  settings.emplace_back("bigquery.compress=true");
  auto found = median(
    how, [&] { return send_remote(how, x, x.words(how), settings, false); });
  how.found.add(bench_name, x.name() + "sender, node, bodies packed",
                numbers(x, found, {"sender", "node", "sandbox"},
                        ready_made.rows_per_second()));
}

} // namespace

void end_to_end(run& how) {
  for (auto rows : {500u, 2000u}) {
    load x{200, rows, false};
    copy_bytes(how, x);
    for (auto tls : {false, true}) {
      auto sunk = median(how, [&] { return send_to_sink(how, x, tls); });
      how.found.add(bench_name,
                    x.name() + "dropped behind CAF" + (tls ? " by TLS" : ""),
                    numbers(x, sunk, {"sender", "node"}, 0));
    }
  }
  for (auto tls : {false, true})
    for (auto rows : {500u, 2000u})
      for (auto size : {200u, 50u, 1024u}) {
        if (how.quick && size != 200 && (tls || rows != 500))
          continue;
        send_all_ways(how, {size, rows, tls});
      }
  send_by_defaults(how);
  send_packed(how);
}

} // namespace bqs::bench
