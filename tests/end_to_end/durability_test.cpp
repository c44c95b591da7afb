// The sandbox is killed while it takes rows: none that it acknowledged is lost.

#include <atomic>
#include <csignal>
#include <filesystem>
#include <set>
#include <thread>

#include <httplib.h>

#include "sandbox/database.hpp"
#include "sandbox/store.hpp"
#include "tests/end_to_end/stage.hpp"

using namespace bqs::test;

namespace {

constexpr auto rows_each = 20;

/// Posts rows until the sandbox is gone, and remembers what it confirmed.
class poster {
public:
  poster(std::uint16_t port, std::string prefix, std::atomic<int>& answers)
    : port_(port), prefix_(std::move(prefix)), answers_(answers),
      thread_([this] { work(); }) {
    // nop
  }

  /// Waits for the end; returns the insert ids of all confirmed rows.
  std::vector<std::string> confirmed() {
    thread_.join();
    return std::move(confirmed_);
  }

private:
  void work() {
    httplib::Client http{"127.0.0.1", port_};
    http.set_keep_alive(true);
    for (auto i = 0;; ++i) {
      std::vector<std::string> ids;
      for (auto row = 0; row < rows_each; ++row)
        ids.push_back(prefix_ + std::to_string(i * rows_each + row));
      auto answer = http.Post("/projects/p/datasets/ds/tables/t/insertAll",
                              body_of(ids), "application/json");
      if (!answer || answer->status != 200)
        break;
      confirmed_.insert(confirmed_.end(), ids.begin(), ids.end());
      ++answers_;
      answers_.notify_all();
    }
    answers_ = -1; // whoever waits shall not wait for ever
    answers_.notify_all();
  }

  static std::string body_of(const std::vector<std::string>& ids) {
    auto rows = nlohmann::json::array();
    for (auto& id : ids)
      rows.push_back({{"insertId", id}, {"json", {{"id", id}}}});
    return nlohmann::json{{"rows", std::move(rows)}}.dump();
  }

  std::uint16_t port_;
  std::string prefix_;
  std::atomic<int>& answers_;
  std::vector<std::string> confirmed_;
  std::thread thread_;
};

struct durability : stage {
  /// Posts from four threads, and kills at the answer with this number.
  void post_and_kill(int round, int kill_at) {
    std::atomic<int> answers{0};
    std::vector<std::unique_ptr<poster>> posters;
    for (auto i = 0; i < 4; ++i)
      posters.push_back(std::make_unique<poster>(
        box_port, std::to_string(round) + "-" + std::to_string(i) + "-",
        answers));
    for (auto n = answers.load(); n >= 0 && n < kill_at; n = answers.load())
      answers.wait(n);
    EXPECT_GE(answers, kill_at) << "it ended by itself";
    box->signal(SIGKILL);
    EXPECT_EQ(box->wait(), 128 + SIGKILL);
    for (auto& x : posters)
      for (auto& id : x->confirmed())
        confirmed.insert(id);
  }

  std::set<std::string> stored_ids() const {
    namespace box = bqs::sandbox;
    box::database db{box::database_file(files.path("sandbox")),
                     box::database::mode::read_only};
    auto rows = db.prepare(R"(SELECT insert_id, row FROM "ds.t")");
    std::set<std::string> result;
    while (rows.step()) {
      std::string id{rows.text(0)};
      EXPECT_EQ(rows.text(1), R"({"id":")" + id + R"("})");
      EXPECT_TRUE(result.insert(id).second) << id << " is there twice";
    }
    return result;
  }

  std::set<std::string> confirmed;
};

} // namespace

TEST_F(durability, no_confirmed_row_is_lost_by_a_kill) {
  auto round = 0;
  for (auto kill_at : {1, 7, 50, 300, 20, 150}) {
    SCOPED_TRACE(kill_at);
    start_sandbox();
    post_and_kill(round++, kill_at);
    start_sandbox();
    auto there = stored_ids();
    for (auto& id : confirmed)
      ASSERT_TRUE(there.contains(id)) << id;
    // All of a request or nothing of it.
    EXPECT_EQ(there.size() % rows_each, 0u);
    box->signal(SIGTERM);
    EXPECT_EQ(box->wait(), 0);
  }
}

TEST_F(durability, a_kill_at_the_start_leaves_nothing_half_made) {
  // As soon as these are there, each on top of what the last kill left.
  for (auto name : {"", "sandbox.db", "sandbox.db-wal", "sandbox.db-shm"}) {
    auto data = files.path("sandbox");
    process early{{"sandbox", "--port=0", "--data=" + data}};
    while (!std::filesystem::exists(std::filesystem::path{data} / name))
      std::this_thread::yield();
    early.signal(SIGKILL);
    EXPECT_EQ(early.wait(), 128 + SIGKILL);
  }
  start_sandbox();
  httplib::Client http{"127.0.0.1", box_port};
  auto answer = http.Post("/projects/p/datasets/ds/tables/t/insertAll",
                          R"({"rows":[{"json":{"a":1}}]})", "application/json");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(stored()["ds.t"].rows, 1u);
}
