#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace bqs {

using namespace std::chrono_literals;

/// When rows become a batch, and how large one may get.
struct batch_options {
  /// A lane is ready at this many open rows …
  std::uint32_t rows = 500;
  /// … or this many bytes of body …
  std::size_t bytes = 1u << 20;
  /// … or when the oldest open row has waited this long.
  std::chrono::milliseconds age{1000};
  /// Most rows of one request; the service takes 50,000.
  std::uint32_t max_rows = 5000;
  /// Most bytes of one request's body; at most 9 MiB. A single row may exceed
  /// it up to the service's limit, alone.
  std::size_t max_bytes = 5u << 20;
};

/// What to do with rows of which an earlier try may have stored a copy when
/// BigQuery no longer knows their insert ids.
enum class past_dedup_window : std::uint8_t {
  /// Send them again: they may be stored twice.
  retry,
  /// Give them up as `uncertain`: they may be stored, or not.
  fail,
};

/// How long rows are tried. 0 means one try, never none.
struct retry_options {
  static constexpr std::uint32_t unlimited
    = std::numeric_limits<std::uint32_t>::max();

  /// First and largest wait of the exponential backoff with full jitter.
  std::chrono::milliseconds base{500};
  std::chrono::milliseconds cap{32'000};
  /// Most tries of a row.
  std::uint32_t max_attempts = unlimited;
  /// Oldest that a row may get, counted from its admission, before a failed
  /// try is its last.
  std::chrono::milliseconds max_age{24h};
  /// How long a table that is not there is waited for.
  std::chrono::milliseconds missing_table_grace{5min};
  bqs::past_dedup_window past_dedup_window = past_dedup_window::retry;
  /// Most rows of a request that finds out whether a table in trouble is well
  /// again.
  std::uint32_t probe_rows = 10;
  /// Requests that are spent on finding the guilty rows of a batch that was
  /// refused without naming any.
  std::uint32_t bisect_requests = 64;
};

/// Which insert ids rows carry.
enum class insert_ids : std::uint8_t {
  /// The sender's own, else one derived from stream and number.
  automatic,
  /// Only the sender's own.
  own,
  /// None: no deduplication at all.
  none,
};

/// Members of each insertAll request.
struct insert_options {
  insert_ids ids = insert_ids::automatic;
  bool skip_invalid_rows = false;
  bool ignore_unknown_values = false;
  /// For rows that bring no suffix of their own.
  std::string template_suffix;
  std::string trace_id;
};

/// What may differ from table to table.
struct table_options {
  batch_options batch;
  retry_options retry;
  insert_options insert;
};

/// How a service account comes by its tokens.
enum class token_source : std::uint8_t {
  /// It signs them itself.
  self_signed,
  /// It asks the token endpoint that its key file names.
  token_endpoint,
};

/// Where rows go.
struct bigquery_options {
  std::string endpoint = "https://bigquery.googleapis.com";
  /// For tables that name no project.
  std::string project;
  /// Path of a credential file, or `none` for a loopback endpoint. Empty: what
  /// Google's libraries find.
  std::string credentials;
  std::vector<std::string> scopes{
    "https://www.googleapis.com/auth/bigquery.insertdata"};
  bqs::token_source token_source = bqs::token_source::self_signed;
  /// A service account to act as, by its email or the URL of its
  /// `generateAccessToken`, and those in between.
  std::string impersonate;
  std::vector<std::string> impersonate_delegates;
  /// Who pays. Empty: who the environment or the credential file says.
  std::string quota_project;
  /// Hosts beside this machine and Google's to which a credential file's URLs
  /// may lead.
  std::vector<std::string> allowed_token_hosts;
  /// A PEM file of authorities that replaces the system's; empty: these.
  std::string ca_file;
  /// PEM files for a service that asks for a certificate; both or neither.
  std::string client_certificate;
  std::string client_key;
  /// `http://[USER:PASSWORD@]HOST:PORT`, `none`, or empty: as `https_proxy` and
  /// `no_proxy` say in the environment.
  std::string proxy;
  /// Total deadline of one request …
  std::chrono::milliseconds timeout{60'000};
  /// … and within it those of its steps: connecting, sending without progress,
  /// waiting for the answer or for more of it.
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds answer_timeout{60'000};
  /// Most bytes of an answer.
  std::size_t max_answer_bytes = 16u << 20;
  /// Bodies go packed with gzip.
  bool compress = false;
};

/// Past `most` restarts within `period` a lane is quarantined.
struct restart_options {
  std::uint32_t most = 5;
  std::chrono::milliseconds period{30'000};
};

/// What happens to further failures when the dead-letter files are full.
enum class when_full : std::uint8_t {
  /// They are held until somebody makes room.
  hold,
  /// The oldest file goes.
  drop_oldest,
};

/// Where failed rows are kept on disk.
struct dead_letter_options {
  /// Empty: nowhere, they live with subscribers only.
  std::string directory;
  /// A file of this size is followed by a new one.
  std::size_t file_bytes = 64u << 20;
  /// Of all files in the directory together.
  std::size_t max_bytes = std::size_t{10} << 30;
  bqs::when_full when_full = bqs::when_full::hold;
};

/// Everything that a supervisor and its children need to know.
struct node_options {
  bigquery_options bigquery;
  table_options defaults;
  /// By `DATASET.TABLE`.
  std::map<std::string, table_options> tables;
  /// `receipts.keep`, `receipts.keep-for`: receipts that are remembered.
  std::size_t receipts_keep = 10'000;
  std::chrono::milliseconds receipts_keep_for{10min};
  /// Most receipts on their way to one sender that it has not acknowledged.
  std::uint32_t receipts_window = 1024;
  /// `dispatch.max-in-flight`: http actors, each with one connection.
  std::uint32_t max_in_flight = 32;
  /// `dispatch.start-in-flight`: requests at once with which the search for
  /// the number that gives most begins; 0: always `max_in_flight`.
  std::uint32_t start_in_flight = 4;
  /// `dispatch.retry-tokens`: requests that may find no service, over all
  /// tables; with half of them left, rows that were tried before go as probes
  /// of `retry.probe-rows`. Ten stored requests earn one. 0: no limit.
  std::uint32_t retry_tokens = 100;
  std::uint32_t streamers_per_table = 1;
  /// An idle lane is retired after this time.
  std::chrono::milliseconds streamers_idle{60'000};
  std::size_t max_buffered_bytes = 256u << 20;
  std::size_t max_block_bytes = 10u << 20;
  std::chrono::milliseconds drain_timeout{60'000};
  /// `failures.keep`, `failures.keep-bytes`: failed rows that are kept for
  /// those who ask for the last ones.
  std::size_t failures_keep = 1000;
  std::size_t failures_keep_bytes = 16u << 20;
  /// `failures.window`: most unacknowledged bytes of failures to one
  /// subscriber; all together may have four times as many.
  std::size_t failures_window = 16u << 20;
  dead_letter_options dead_letters;
  restart_options restarts;
  /// Whoever flushes, pauses, resumes, drains, joins or asks for the status
  /// must send it along (`admin_pass_extra`); empty: anybody may. Senders need
  /// none.
  std::string admin_pass;

  /// Options of the table `DATASET.TABLE`.
  const table_options& of(const std::string& dataset,
                          const std::string& table) const;
};

} // namespace bqs
