// Senders, a node and a sandbox, each a process, while everything fails at
// random; in the end all their books must agree, row by row.
//
// BQS_CHAOS_SECONDS (default 8) says how long, BQS_CHAOS_SEED which luck; it is
// printed. scripts/soak runs it for minutes.

#include "tests/end_to_end/stage.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <thread>

#include <httplib.h>
#include <sqlite3.h>

#include "app/dead_letter_parser.hpp"

using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

constexpr int tables = 4;
constexpr int senders = 3;

/// What goes wrong for a while; some of these at a time.
const char* const faults[] = {
  "status=503,probability=0.3",
  "status=500,probability=0.2,body=html",
  "status=503,probability=0.3,commit=true",
  "status=429,probability=0.3,retry-after=1",
  "status=403,reason=rateLimitExceeded,probability=0.3",
  "status=403,reason=accessDenied,table=chaos.t1,probability=0.5",
  "status=404,table=chaos.t2,probability=0.5",
  "status=401,probability=0.2",
  "status=413,body=html,early=true,probability=0.2",
  "status=400,reason=badRequest,message=Request payload size exceeds the "
  "limit: "
  "1 bytes.,probability=0.1",
  "status=503,early=true,probability=0.2",
  "reset=before,probability=0.2",
  "reset=after,probability=0.2",
  "status=400,reason=badRequest,message=Nobody knows why.,probability=0.1",
  "rows=invalid,every=13,probability=0.5",
  "rows=timeout,every=7",
  "rows=backendError,every=11,probability=0.5",
  "rows=stopped,every=3,probability=0.2",
  "latency=0ms..300ms",
  "latency=2s,table=chaos.t3,probability=0.3",
  "stall=3s,probability=0.05",
  "truncate=half,probability=0.2",
  "truncate=0,probability=0.1",
  "drip=200B/s,probability=0.05",
  "quota-rows=2000/s",
  "status=502,body=empty,probability=0.2",
};

unsigned given(const char* name, unsigned otherwise) {
  auto text = std::getenv(name);
  return text == nullptr
           ? otherwise
           : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

/// What a sender heard of a row.
struct outcome {
  std::string table;
  int pushed = 0;
  int stored = 0;
  int failed = 0;
  std::string reason;
  bool uncertain = false;
};

struct chaos : stage {
  void make_tables() {
    httplib::Client to{"127.0.0.1", box_port};
    auto post = [&](const std::string& path, const std::string& body) {
      auto answer = to.Post(path, body, "application/json");
      ASSERT_TRUE(answer);
      ASSERT_EQ(answer->status, 200) << answer->body;
    };
    std::string base = "/bigquery/v2/projects/test/datasets";
    post(base, R"({"datasetReference":{"datasetId":"chaos"}})");
    for (auto i = 0; i < tables; ++i)
      post(base + "/chaos/tables",
           R"({"tableReference":{"tableId":"t)" + std::to_string(i)
             + R"("},"schema":{"fields":[{"name":"id","type":"STRING"},
               {"name":"n","type":"INTEGER"}]}})");
  }

  void set_faults(const nlohmann::json& list) {
    httplib::Client to{"127.0.0.1", box_port};
    auto answer = to.Post("/sandbox/faults", list.dump(), "application/json");
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->status, 200) << answer->body;
  }

  void run(std::chrono::seconds seconds);

  /// Lets things fail until the time is up.
  void rage(std::chrono::seconds time) {
    auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end && !HasFailure()) {
      nlohmann::json list = nlohmann::json::array();
      for (auto n = dice() % 4; n > 0; --n)
        list.push_back(faults[dice() % std::size(faults)]);
      set_faults(list);
      std::this_thread::sleep_for(std::chrono::milliseconds{dice() % 800});
      if (may_kill && dice() % 12 == 0) {
        box->signal(dice() % 2 == 0 ? SIGKILL : SIGTERM);
        box->wait();
        std::this_thread::sleep_for(std::chrono::milliseconds{dice() % 500});
        start_sandbox({});
        ++kills;
      } else if (dice() % 12 == 0) {
        box->signal(SIGSTOP);
        std::this_thread::sleep_for(std::chrono::milliseconds{dice() % 1500});
        box->signal(SIGCONT);
      }
    }
    set_faults(nlohmann::json::array());
  }

  /// Reads what a sender wrote down.
  void read_journal(const std::string& path, const std::string& prefix) {
    std::ifstream in{path};
    std::string line;
    while (std::getline(in, line)) {
      std::istringstream words{line};
      std::string what;
      std::string table;
      std::uint64_t first = 0;
      std::uint64_t n = 0;
      words >> what >> table >> first >> n;
      std::uint64_t doubled = 0;
      std::string reason;
      int uncertain = 0;
      if (what == "stored")
        words >> doubled;
      else if (what == "failed")
        words >> reason >> uncertain;
      for (auto i = first; i < first + n; ++i) {
        auto& x = rows[prefix + "-" + table + "-" + std::to_string(i)];
        if (what == "pushed") {
          ++x.pushed;
          x.table = table;
        } else if (what == "stored") {
          ++x.stored;
        } else {
          ++x.failed;
          x.reason = reason;
          x.uncertain = uncertain != 0;
        }
      }
    }
  }

  /// Reads how often each insert id is in the sandbox.
  void read_store() {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open_v2((files.path("sandbox") + "/sandbox.db").c_str(),
                              &db, SQLITE_OPEN_READWRITE, nullptr),
              SQLITE_OK);
    for (auto i = 0; i < tables; ++i) {
      auto sql = "SELECT insert_id, COUNT(*) FROM \"chaos.t" + std::to_string(i)
                 + "\" GROUP BY insert_id";
      sqlite3_stmt* x = nullptr;
      ASSERT_EQ(sqlite3_prepare_v2(db, sql.c_str(), -1, &x, nullptr),
                SQLITE_OK);
      while (sqlite3_step(x) == SQLITE_ROW)
        copies[reinterpret_cast<const char*>(sqlite3_column_text(x, 0))]
          += sqlite3_column_int(x, 1);
      sqlite3_finalize(x);
    }
    sqlite3_close(db);
  }

  void read_dead_letters() {
    bqs::app::dead_letter_parser parser;
    for (auto& entry :
         std::filesystem::directory_iterator{files.path("dead")}) {
      if (entry.path().extension() != ".ndjson")
        continue;
      std::ifstream in{entry.path()};
      std::string line;
      while (std::getline(in, line)) {
        auto read = parser.read(line);
        ASSERT_TRUE(std::holds_alternative<bqs::dead_letter>(read))
          << std::get<std::string>(read);
        auto& x = std::get<bqs::dead_letter>(read);
        ++letters[x.insert_id];
        reasons[x.insert_id] = x.why.reason;
        // The row's own bytes.
        EXPECT_TRUE(x.row.starts_with(R"({"id":")" + x.insert_id + "\""));
      }
    }
  }

  /// Compares the books of senders, sandbox and dead letters.
  void agree() {
    for (auto& [id, x] : rows) {
      ASSERT_EQ(x.pushed, 1) << id;
      ASSERT_EQ(x.stored + x.failed, 1) << id << " has not one outcome";
      auto in_table = copies.count(id) > 0 ? copies[id] : 0;
      auto in_file = letters.count(id) > 0 ? letters[id] : 0;
      if (x.stored == 1) {
        ASSERT_GE(in_table, 1) << id << " is said to be stored";
        ASSERT_EQ(in_file, 0) << id << " is stored, and a dead letter";
        extra += static_cast<std::uint64_t>(in_table - 1);
        ++stored_rows;
        ++outcomes[x.table].first;
      } else {
        ASSERT_EQ(in_file, 1) << id << " has failed: " << x.reason;
        ASSERT_EQ(reasons[id], x.reason) << id;
        ASSERT_TRUE(in_table == 0 || x.uncertain)
          << id << " failed for certain as " << x.reason << ", and is stored";
        ++failed_rows;
        ++outcomes[x.table].second;
      }
    }
    for (auto& [id, n] : copies)
      ASSERT_TRUE(rows.count(id) > 0) << id << " was never pushed";
    for (auto& [id, n] : letters)
      ASSERT_TRUE(rows.count(id) > 0) << id << " was never pushed";
  }

  std::mt19937 dice;
  bool may_kill = true;
  int kills = 0;
  std::map<std::string, outcome> rows;
  std::map<std::string, int> copies;
  std::map<std::string, int> letters;
  std::map<std::string, std::string> reasons;
  /// Stored and failed, by table.
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> outcomes;
  std::uint64_t stored_rows = 0;
  std::uint64_t failed_rows = 0;
  std::uint64_t extra = 0;
};

} // namespace

/// The whole of it: senders push for so long, and the books are compared.
void chaos::run(std::chrono::seconds seconds) {
  auto seed = given("BQS_CHAOS_SEED", std::random_device{}());
  std::cout << "BQS_CHAOS_SEED=" << seed << std::endl;
  dice.seed(seed);
  start_sandbox({});
  make_tables();
  start_node({"--dead-letters.directory=" + files.path("dead"),
              "--retry.base=20ms", "--retry.cap=500ms", "--batch.age=20ms",
              "--bigquery.timeout=2s", "--budget.max-buffered-bytes=32MiB"});
  std::vector<std::unique_ptr<process>> all;
  for (auto i = 0; i < senders; ++i)
    all.push_back(std::make_unique<process>(process::run(
      BQS_ROW_SENDER,
      {std::to_string(node_port), "s" + std::to_string(i),
       std::to_string(std::chrono::milliseconds{seconds}.count()),
       std::to_string(tables), files.path("journal" + std::to_string(i))})));
  rage(seconds);
  ASSERT_FALSE(HasFailure());
  for (auto& x : all)
    ASSERT_EQ(x->wait(300s), 0) << x->errors();
  auto books = status();
  expect_balanced(books);
  auto peak = node->peak_memory();
  EXPECT_EQ(stop_node(), 0) << node->errors();
  for (auto i = 0; i < senders; ++i)
    read_journal(files.path("journal" + std::to_string(i)),
                 "s" + std::to_string(i));
  httplib::Client to{"127.0.0.1", box_port};
  auto ledger = nlohmann::json::parse(to.Get("/sandbox/ledger")->body);
  box->signal(SIGTERM);
  box->wait();
  read_store();
  read_dead_letters();
  agree();
  for (auto& line : books["tables"]) {
    auto name = line["table"].get<std::string>();
    auto mine = outcomes[name.substr(name.rfind('.') + 1)];
    EXPECT_EQ(line["stored"].get<std::uint64_t>(), mine.first) << name;
    EXPECT_EQ(line["failed"].get<std::uint64_t>(), mine.second) << name;
  }
  auto total = books["total"];
  EXPECT_EQ(total["accepted"].get<std::uint64_t>(), rows.size());
  EXPECT_EQ(total["stored"].get<std::uint64_t>(), stored_rows);
  EXPECT_EQ(total["failed"].get<std::uint64_t>(), failed_rows);
  EXPECT_EQ(total["held"].get<std::uint64_t>(), 0u);
  EXPECT_LE(extra, total["possibly_duplicated"].get<std::uint64_t>())
    << "copies that were not counted";
  std::uint64_t in_tables = 0;
  for (auto& [id, n] : copies)
    in_tables += static_cast<std::uint64_t>(n);
  if (kills == 0) { // its counts end with the process
    std::uint64_t committed = 0;
    for (auto& [table, x] : ledger["tables"].items())
      committed += x["committed"].get<std::uint64_t>();
    EXPECT_EQ(committed, in_tables);
  }
  std::cout << rows.size() << " rows: " << stored_rows << " stored, "
            << failed_rows << " failed, " << extra << " copies, "
            << total["possibly_duplicated"] << " possibly duplicated, " << kills
            << " ends of the sandbox, node's peak memory " << (peak >> 20)
            << " MiB" << std::endl;
}

TEST_F(chaos, all_books_agree_row_by_row_in_the_end) {
  run(std::chrono::seconds{given("BQS_CHAOS_SECONDS", 8)});
}

TEST_F(chaos, what_the_sandbox_has_counted_agrees_if_it_lives) {
  may_kill = false;
  run(std::chrono::seconds{given("BQS_CHAOS_SECONDS", 8)} / 2);
}
