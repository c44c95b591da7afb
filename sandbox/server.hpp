#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/fault.hpp"

namespace bqs::sandbox {

/// What the endpoint takes; the defaults are the service's. A test may lower
/// them.
struct limits {
  /// A larger body (inflated) is answered with 400.
  std::size_t body_bytes = 10'485'760;
  /// A larger body is answered with 413 and a web page, and cut.
  std::size_t hard_body_bytes = 32u << 20;
  std::size_t rows = 50'000;
  std::size_t row_bytes = 10'485'760;
  /// In characters.
  std::size_t insert_id = 128;
  /// A connection without a request is closed after so long.
  std::chrono::milliseconds idle{600'000};
  /// The head of a request comes in such a time, and between two parts of its
  /// body is no longer one; else it is answered with 408, and the connection
  /// ends.
  std::chrono::milliseconds half_request{30'000};
};

/// How the service shows that a body is over `limits::body_bytes`.
enum class size_disguise : std::uint8_t {
  /// 400 `badRequest` in the usual envelope.
  json_400,
  /// 400 and a web page.
  page_400,
  /// 413 and a web page; what `limits::hard_body_bytes` always gets.
  page_413,
  /// A TCP reset while the body is being sent.
  reset,
};

/// Where rows go.
enum class row_store : std::uint8_t {
  sqlite,
  /// Nowhere: bodies of insertAll are counted as they stream by, for benches.
  /// Any table is taken; schemas, insert ids and templates are not looked at.
  none,
};

struct options {
  /// Of this machine only: `127.0.0.0/8`, `::1` or `localhost`.
  std::string address = "127.0.0.1";
  /// 0 picks a free one.
  std::uint16_t port = 9050;
  /// PEM files of a certificate and its key: TLS 1.2 or later. Both empty:
  /// plain HTTP.
  std::string tls_cert;
  std::string tls_key;
  /// Directory of `sandbox.db`, made if missing, of one server at a time.
  /// Empty: in memory.
  std::string data;
  row_store store = row_store::sqlite;
  /// Shown in listings; any project in a path is accepted.
  std::string project = "sandbox";
  /// Make a missing dataset or table from the fields of the first row.
  bool create_tables = false;
  /// How long an insert id is remembered.
  std::chrono::seconds dedup_window{60};
  /// Most insert ids that are remembered, whatever the window; about 80 bytes
  /// each.
  std::size_t dedup_ids = 4'000'000;
  std::vector<fault> faults;
  /// Of every random choice.
  std::uint64_t seed = 1;
  /// If set, any other bearer token is answered with 401.
  std::string require_token;
  /// Take only tokens that this endpoint gave, or that a registered key signed.
  bool strict_tokens = false;
  /// The texts of credential files whose owners get tokens.
  std::vector<std::string> credentials;
  /// Of the tokens that this endpoint gives; at most an hour.
  std::chrono::seconds token_lifetime{3'599};
  sandbox::limits limits;
  size_disguise too_large = size_disguise::json_400;
  /// The time; for tests.
  std::function<std::chrono::system_clock::time_point()> clock
    = std::chrono::system_clock::now;
  /// Gets a line for each kind of failure of the sandbox's own, such as a disk
  /// that is full, when it comes for the first time. Not set: standard error.
  std::function<void(const std::string&)> report;
  /// Called instead of any waiting that a fault asks for; for tests.
  std::function<void(std::chrono::microseconds)> wait;
};

/// What became of the rows that were sent to one table. A row of a request
/// that was carried out is in one of the first four.
struct table_counts {
  /// Stored for good before the answer was sent.
  std::uint64_t committed = 0;
  /// Acknowledged but dropped: their insert id was seen within the window.
  std::uint64_t deduplicated = 0;
  /// Named in `insertErrors`, `stopped` ones included.
  std::uint64_t rejected = 0;
  /// Acknowledged and dropped by a fault.
  std::uint64_t lost = 0;
  /// Of what is committed, as it is stored.
  std::uint64_t bytes = 0;
  /// The rejected ones by what was said of them: `invalid`, `stopped`, ...
  std::map<std::string, std::uint64_t> rejected_by_reason;
  /// Requests by status; 0 counts connections that a fault reset.
  std::map<int, std::uint64_t> requests;
  /// The same requests by what was answered: `200`, `200 with errors`,
  /// `503 backendError`, `200 truncated`, `reset before`, `reset after`, ...
  std::map<std::string, std::uint64_t> outcomes;
};

/// A BigQuery endpoint of this process: REST over HTTP/1.1, rows in one SQLite
/// file. Serves from threads of its own from construction to `stop`.
///
/// `sandbox.db` holds, for each table, an SQL table that is called
/// `DATASET.TABLE` (quote it) and has these columns:
///
///     seq        INTEGER PRIMARY KEY   1, 2, 3, ... as committed
///     insert_id  TEXT                  NULL if the row had none
///     inserted   INTEGER               milliseconds since 1970
///     row        TEXT                  one JSON object: the columns that are
///                                      not NULL, by the schema's names;
///                                      INTEGER and FLOAT as numbers, NUMERIC
///                                      and all times as text
///
/// so that `SELECT COUNT(*) FROM "ds.t"` counts rows while the endpoint runs.
/// Names that SQLite cannot tell apart (`ds.T`, `ds.t`) get a suffix `~2`;
/// `sandbox_tables.rows_table` has the names in use.
///
/// Rows are committed before their answer is sent and outlive the process,
/// however it ends; the last ones before a power cut may be lost.
///
/// Beside the service's methods there are, without any token:
///
///     GET, POST, DELETE /sandbox/faults   a JSON list of fault texts;
///                                         POST takes lines of them, too
///     GET, DELETE       /sandbox/ledger   `table_counts` by table
///     GET, POST, DELETE /sandbox/tokens and /sandbox/credentials
///                                         see `token_admin`
class server {
public:
  /// Starts listening.
  /// @throws std::runtime_error with one line that names the port, the
  ///         directory or the file.
  explicit server(options opts);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  std::uint16_t port() const noexcept;

  /// Returns `http://ADDRESS:PORT`, or `https://...` with TLS.
  std::string url() const;

  /// Ends all connections and waits for their threads. Again: nothing.
  void stop();

  /// Makes a table, and its dataset if need be, from a JSON list of fields as
  /// in a schema.
  /// @throws std::runtime_error with the service's words.
  void create_table(const std::string& dataset, const std::string& table,
                    const std::string& fields);

  /// Counts the rows of a table by SQL; 0 if there is no such table. Without
  /// a store: how many it was sent.
  std::uint64_t count_rows(const std::string& dataset,
                           const std::string& table) const;

  /// Replaces all faults.
  void set_faults(std::vector<fault> faults);

  /// Refuses every bearer token but these from now on; with none, all.
  void accept_only(std::vector<std::string> tokens);

  /// Accepts any token, and requests without one, from now on.
  void accept_any();

  /// Makes a key, registers it, and returns the text of a service-account key
  /// file with it, for clients of this endpoint. It is a secret.
  /// @throws std::runtime_error with one line.
  std::string make_key();

  /// Returns what became of all rows, by `DATASET.TABLE`.
  std::map<std::string, table_counts> ledger() const;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

/// Says what is wrong with the text of a credential file, without any value of
/// it; empty if it may be in `options::credentials`.
std::string check_credential(const std::string& text);

/// Whether `options::project` may be such a text.
bool is_project_id(std::string_view x);

/// What a data directory holds of one table.
struct stored_rows {
  std::uint64_t rows = 0;
  /// Rows without an insert id do not count.
  std::uint64_t distinct_insert_ids = 0;
  std::uint64_t without_insert_id = 0;
};

/// Counts what is in a data directory, by `DATASET.TABLE`, without writing to
/// it; a server may be running on it.
/// @throws std::runtime_error with one line that names the directory.
std::map<std::string, stored_rows> count_stored(const std::string& data);

} // namespace bqs::sandbox
