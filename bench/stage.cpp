#include "bench/stage.hpp"

#include <algorithm>
#include <stdexcept>

#include <httplib.h>

namespace bqs::bench {

namespace {

httplib::Client client_of(const service& box) {
  httplib::Client result{"127.0.0.1", box.port};
  result.set_read_timeout(30s);
  return result;
}

nlohmann::json body_of(const httplib::Result& x) {
  if (!x || x->status != 200)
    throw std::runtime_error{"the sandbox did not do as it was told"};
  return nlohmann::json::parse(x->body);
}

} // namespace

service start_sandbox(const run& how, bool tls) {
  std::vector<std::string> words{"sandbox", "--port=0", "--store=none"};
  if (tls) {
    words.push_back("--tls-cert=" + how.certificates + "/peer.crt");
    words.push_back("--tls-key=" + how.certificates + "/peer.key");
  }
  process program{BQS_PROGRAM, words};
  auto port = port_in(program.line_with("listens on"));
  return {std::move(program), port,
          (tls ? "https://127.0.0.1:" : "http://127.0.0.1:")
            + std::to_string(port)};
}

void set_faults(const service& box, const std::string& faults) {
  auto client = client_of(box);
  if (faults.empty())
    body_of(client.Delete("/sandbox/faults"));
  else
    body_of(client.Post("/sandbox/faults", faults, "text/plain"));
}

sandbox_books books_of(const service& box) {
  sandbox_books result;
  auto all = body_of(client_of(box).Get("/sandbox/ledger"));
  for (auto& table : all["tables"]) {
    result.committed += table["committed"].get<std::uint64_t>();
    for (auto& [status, n] : table["requests"].items()) {
      result.requests += n.get<std::uint64_t>();
      if (status == "403" || status == "429")
        result.refused += n.get<std::uint64_t>();
    }
  }
  return result;
}

service start_node(const std::string& url,
                   const std::vector<std::string>& settings) {
  std::vector<std::string> words{
    "node", "--node.port=0", "--bigquery.endpoint=" + url,
    "--bigquery.project=bench", "--bigquery.credentials=none"};
  for (auto& x : settings)
    words.push_back("--" + x);
  process program{BQS_PROGRAM, words};
  auto port = port_in(program.line_with("listens on"));
  return {std::move(program), port};
}

std::vector<std::string> trusting_settings(const run& how) {
  return {"bigquery.ca-file=" + how.certificates + "/ca.crt"};
}

std::vector<std::string> tls_settings(const run& how) {
  return {"node.tls-certificate=" + how.certificates + "/peer.crt",
          "node.tls-key=" + how.certificates + "/peer.key",
          "node.tls-ca-file=" + how.certificates + "/ca.crt"};
}

process start_sender(std::vector<std::string> words) {
  process result{BQS_BENCH_SENDER, std::move(words)};
  result.line_with("ready");
  return result;
}

measured measure(process& sender, const std::vector<const process*>& also) {
  std::vector<const process*> all{&sender};
  all.insert(all.end(), also.begin(), also.end());
  measured found;
  for (auto x : all)
    found.used.push_back(x->used());
  sender.tell("go");
  constexpr std::string_view mark = "result ";
  auto line = sender.line_with(mark);
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto before = found.used[i];
    auto& x = found.used[i] = all[i]->used();
    x.cpu_seconds -= before.cpu_seconds;
    x.sleeps -= std::min(x.sleeps, before.sleeps);
  }
  found.result = nlohmann::json::parse(line.substr(mark.size()));
  found.rows = found.result["stored"].get<double>();
  found.seconds = found.result["seconds"].get<double>();
  if (found.rows == 0 || found.result.value("failed", 0.0) > 0)
    throw std::runtime_error{"rows have failed"};
  return found;
}

measured median(const run& how, const std::function<measured()>& once) {
  std::vector<measured> all;
  all.reserve(static_cast<std::size_t>(how.rounds));
  for (auto i = 0; i < how.rounds; ++i)
    all.push_back(once());
  std::ranges::sort(all, {}, &measured::rows_per_second);
  return all[all.size() / 2];
}

double steady_seconds() {
  return std::chrono::duration<double>(
           std::chrono::steady_clock::now().time_since_epoch())
    .count();
}

double time_to(double rows, double begin, double end,
               const nlohmann::json& samples) {
  constexpr std::size_t second = 10;
  for (std::size_t i = second; i < samples.size(); ++i) {
    auto& x = samples[i];
    auto& before = samples[i - second];
    auto seconds = x[0].get<double>() - before[0].get<double>();
    if (before[0].get<double>() >= begin && x[0].get<double>() <= end
        && (x[1].get<double>() - before[1].get<double>()) / seconds >= rows)
      return x[0].get<double>() - begin;
  }
  return -1;
}

std::string grouped(std::uint64_t x) {
  auto result = std::to_string(x);
  for (auto at = result.size(); at > 3;)
    result.insert(at -= 3, 1, ',');
  return result;
}

} // namespace bqs::bench
