#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "app/commands.hpp"
#include "app/secret_file.hpp"
#include "app/signals.hpp"
#include "app/value.hpp"
#include "http/small_file.hpp"
#include "sandbox/fault_list.hpp"
#include "sandbox/server.hpp"

namespace bqs::app {

namespace {

using namespace std::chrono_literals;

/// What the command line says.
struct arguments {
  sandbox::options options;
  std::string dedup_window = "1min";
  std::string store = "sqlite";
  std::vector<std::string> faults;
  std::string fault_file;
  std::string latency;
  std::string seed;
  std::string too_large = "json";
  std::string max_body = "10MiB";
  std::string cut_body = "32MiB";
  std::string max_row = "10MiB";
  std::string max_rows = "50000";
  std::string token_lifetime = "3599s";
  std::vector<std::string> credentials;
  std::string write_key;
};

std::string where_rows_go(const sandbox::options& x) {
  if (x.store == sandbox::row_store::none)
    return "counts rows and keeps none";
  return "keeps rows " + (x.data.empty() ? "in memory" : "in " + x.data);
}

/// Adds what was read to the faults; says why there is nothing.
std::string add(sandbox::fault_list read, std::vector<sandbox::fault>& to) {
  if (auto why = std::get_if<std::string>(&read))
    return std::move(*why);
  auto& some = std::get<std::vector<sandbox::fault>>(read);
  std::move(some.begin(), some.end(), std::back_inserter(to));
  return {};
}

/// The command line's come before those of the file, and both before what
/// --latency=realistic adds: the first that matches decides.
std::string read_faults(const arguments& given,
                        std::vector<sandbox::fault>& to) {
  for (auto& text : given.faults) {
    auto why = add(sandbox::parse_faults(text), to);
    if (!why.empty())
      return std::string{"--fault="}.append(text).append(": ").append(why);
  }
  if (!given.fault_file.empty()) {
    auto why = add(sandbox::read_fault_file(given.fault_file), to);
    if (!why.empty())
      return "--faults: " + why;
  }
  if (!given.latency.empty()) {
    auto known = given.latency == "realistic";
    auto why = add(
      sandbox::parse_faults(known ? given.latency : "latency=" + given.latency),
      to);
    if (!why.empty())
      return "--latency: " + why;
  }
  return {};
}

/// Takes over what is said about tokens. Returns a complaint; empty if all is
/// well.
std::string read_token_options(arguments& given) {
  auto lifetime = parse_duration(given.token_lifetime);
  if (!lifetime || *lifetime < 1s || *lifetime > 1h)
    return "--token-lifetime must be a time from 1s to 1h, not "
           + given.token_lifetime;
  given.options.token_lifetime
    = std::chrono::floor<std::chrono::seconds>(*lifetime);
  for (auto& path : given.credentials) {
    auto file = http::read_small_file(path);
    if (!file.fault.empty())
      return "--credential: cannot read " + path + ": " + file.fault;
    auto why = sandbox::check_credential(file.text);
    if (!why.empty())
      return std::string{"--credential="}.append(path).append(": ").append(why);
    given.options.credentials.push_back(std::move(file.text));
  }
  return {};
}

std::optional<sandbox::size_disguise> read_disguise(const std::string& x) {
  using enum sandbox::size_disguise;
  if (x == "json")
    return json_400;
  if (x == "html")
    return page_400;
  if (x == "413")
    return page_413;
  if (x == "reset")
    return reset;
  return std::nullopt;
}

/// Takes over what is said about sizes. Returns a complaint; empty if all is
/// well.
std::string read_limits(arguments& given) {
  auto& to = given.options.limits;
  struct size_option {
    const char* name;
    const std::string& text;
    std::size_t& out;
  };
  for (auto& x : {size_option{"--max-body", given.max_body, to.body_bytes},
                  size_option{"--cut-body", given.cut_body, to.hard_body_bytes},
                  size_option{"--max-row", given.max_row, to.row_bytes}}) {
    auto read = parse_size(x.text);
    if (!read || *read == 0)
      return std::string{x.name} + " must be a size such as 1MiB, not "
             + x.text;
    x.out = *read;
  }
  if (to.hard_body_bytes < to.body_bytes)
    return "--cut-body must not be less than --max-body";
  auto rows = parse_integer(given.max_rows);
  if (!rows || *rows == 0)
    return "--max-rows must be a number above 0, not " + given.max_rows;
  to.rows = *rows;
  auto disguise = read_disguise(given.too_large);
  if (!disguise)
    return "--too-large must be json, html, 413 or reset, not "
           + given.too_large;
  given.options.too_large = *disguise;
  return {};
}

/// Another one each time unless it is given.
std::string read_seed(arguments& given) {
  if (given.seed.empty()) {
    given.options.seed = std::random_device{}();
    return {};
  }
  auto read = parse_integer(given.seed);
  if (!read)
    return "--seed must be a number from 0 on, not " + given.seed;
  given.options.seed = *read;
  return {};
}

int run_sandbox(arguments& given) {
  auto& wanted = given.options;
  auto window = parse_duration(given.dedup_window);
  if (!window)
    return complain("--dedup-window must be a time with its unit, such as "
                    "60s, not "
                      + given.dedup_window,
                    exit_usage);
  wanted.dedup_window = std::chrono::ceil<std::chrono::seconds>(*window);
  if (!sandbox::is_project_id(wanted.project))
    return complain("--project must be letters, digits and -._: only, not "
                      + wanted.project,
                    exit_usage);
  for (auto read : {read_limits, read_seed})
    if (auto why = read(given); !why.empty())
      return complain(why, exit_usage);
  auto why = read_faults(given, wanted.faults);
  if (!why.empty())
    return complain(why, exit_usage);
  if (given.store != "sqlite" && given.store != "none")
    return complain("--store must be sqlite or none, not " + given.store,
                    exit_usage);
  if (given.store == "none")
    wanted.store = sandbox::row_store::none;
  if (given.store == "none" && !wanted.data.empty())
    return complain("--data and --store=none exclude each other", exit_usage);
  if (wanted.tls_cert.empty() != wanted.tls_key.empty())
    return complain("--tls-cert and --tls-key need each other", exit_usage);
  why = read_token_options(given);
  if (!why.empty())
    return complain(why, exit_usage);
  std::unique_ptr<sandbox::server> served;
  try {
    served = std::make_unique<sandbox::server>(wanted);
    // Whoever reads the line below finds it.
    if (!given.write_key.empty())
      write_secret_file(given.write_key, served->make_key());
  } catch (const std::runtime_error& ex) {
    return complain(ex.what(), exit_unavailable);
  }
  std::cout << "bqstreamer: sandbox listens on " << served->url() << ", "
            << where_rows_go(wanted) << ", seed " << wanted.seed << std::endl;
  while (!next_signal(1h)) {
    // nothing to do: it serves from its own threads
  }
  served->stop();
  return exit_ok;
}

} // namespace

void add_sandbox_command(CLI::App& program, action& run) {
  auto command = program.add_subcommand(
    "sandbox", "Serves a local BigQuery endpoint that keeps rows in SQLite");
  auto given = std::make_shared<arguments>();
  auto& wanted = given->options;
  command
    ->add_option("--address", wanted.address,
                 "Address to listen on, of this machine only")
    ->type_name("ADDRESS")
    ->capture_default_str();
  command->add_option("--port", wanted.port, "Port; 0 picks a free one")
    ->type_name("PORT")
    ->capture_default_str();
  command
    ->add_option("--tls-cert", wanted.tls_cert,
                 "Certificate in PEM form, those above it behind it: TLS")
    ->type_name("FILE");
  command->add_option("--tls-key", wanted.tls_key, "Its key, in PEM form")
    ->type_name("FILE");
  command
    ->add_option("--data", wanted.data,
                 "Directory for the rows; without it they stay in memory")
    ->type_name("DIR");
  command
    ->add_option("--store", given->store,
                 "sqlite, or none: count rows as they stream by, keep nothing, "
                 "take any table; for benches")
    ->type_name("KIND")
    ->capture_default_str();
  command
    ->add_option("--project", wanted.project,
                 "Project shown in listings; any is accepted")
    ->type_name("ID")
    ->capture_default_str();
  command->add_flag("--create-tables", wanted.create_tables,
                    "Make missing tables from the fields of their first row");
  command
    ->add_option("--dedup-window", given->dedup_window,
                 "How long insert ids are remembered")
    ->type_name("TIME")
    ->capture_default_str();
  command
    ->add_option("--fault", given->faults,
                 "What shall go wrong, such as status=503,count=3 or "
                 "latency=50ms or reset=after,probability=0.1; may be given "
                 "several times")
    ->type_name("SPEC")
    ->expected(1)
    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
    ->add_option("--faults", given->fault_file,
                 "File of faults, one a line; # begins a comment")
    ->type_name("FILE");
  command
    ->add_option("--latency", given->latency,
                 "How long insertAll takes, such as 50ms, 10ms..200ms or "
                 "lognormal:8ms:1.0; realistic: as the service, with its rare "
                 "failures")
    ->type_name("TIME");
  command
    ->add_option("--seed", given->seed,
                 "Seed of what is left to chance; default: another each time, "
                 "which is printed")
    ->type_name("NUMBER");
  command
    ->add_option("--max-body", given->max_body,
                 "Bytes of a body, inflated; a larger one is too large")
    ->type_name("SIZE")
    ->capture_default_str();
  command
    ->add_option("--cut-body", given->cut_body,
                 "Bytes from which on a body is not read to its end: 413")
    ->type_name("SIZE")
    ->capture_default_str();
  command
    ->add_option("--too-large", given->too_large,
                 "How a body that is too large is refused: json or html (400), "
                 "413, or reset while it is sent")
    ->type_name("KIND")
    ->capture_default_str();
  command->add_option("--max-rows", given->max_rows, "Rows of one request")
    ->type_name("NUMBER")
    ->capture_default_str();
  command
    ->add_option("--max-row", given->max_row,
                 "Bytes of one row; a larger one is invalid")
    ->type_name("SIZE")
    ->capture_default_str();
  command->add_flag("--strict-tokens", wanted.strict_tokens,
                    "Take only tokens that this endpoint gave, or that a "
                    "registered key signed");
  command
    ->add_option("--credential", given->credentials,
                 "Credential file whose owner gets tokens, such as a "
                 "service-account key; may be given several times")
    ->type_name("FILE")
    ->expected(1)
    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
    ->add_option("--token-lifetime", given->token_lifetime,
                 "How long tokens live, at most 1h")
    ->type_name("TIME")
    ->capture_default_str();
  command
    ->add_option("--write-key", given->write_key,
                 "Write a new service-account key file for clients of this "
                 "endpoint; it must not exist")
    ->type_name("FILE");
  command->callback(
    [given, &run] { run = [given] { return run_sandbox(*given); }; });
}

} // namespace bqs::app
