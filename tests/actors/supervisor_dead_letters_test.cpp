#define CAF_SUITE supervisor_dead_letters

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/house.hpp"
#include "tests/scratch.hpp"

using namespace bqs;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

struct fixture : house {
  fixture() {
    on = disk::real();
    on.sync = [this](int fd) {
      if (at_sync)
        at_sync();
      errno = ENOSPC;
      return sick ? -1 : ::fdatasync(fd);
    };
    options.dead_letters.directory = place.path("letters");
    letters = std::make_shared<dead_letter_file>(options.dead_letters, on);
    google->rule = [](const internal::job&) { return stored_but({3, 4}); };
  }

  /// Rows of all lines there are.
  std::multiset<std::string> rows() const {
    std::multiset<std::string> result;
    for (auto& x : std::filesystem::directory_iterator{place.path("letters")}) {
      std::ifstream in{x.path()};
      for (std::string line; std::getline(in, line);)
        result.insert(nlohmann::json::parse(line)["row"].dump());
    }
    return result;
  }

  scratch place;
  disk on;
  bool sick = false;
  std::function<void()> at_sync;
  const std::multiset<std::string> both{row_text(3), row_text(4)};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(supervisor_dead_letters_tests, fixture)

CAF_TEST(failed rows are written before anybody is told) {
  open();
  send(join{});
  caf::send_as(me, door, make_block(0, 10));
  while (consume_message())
    if (!mine->told.empty() || !mine->receipts.empty())
      CAF_CHECK(rows() == both);
  CAF_CHECK_EQUAL(total("stored"), 8u);
  CAF_CHECK_EQUAL(total("failed"), 2u);
  CAF_CHECK_EQUAL(mine->told.size(), 1u);
  CAF_REQUIRE_EQUAL(mine->receipts.size(), 1u);
  CAF_CHECK(mine->receipts[0].failures
            == (std::vector<failed_range>{{3, 2, 0}}));
  auto x = books()["dead_letters"];
  CAF_CHECK(x["written"] == 2u);
  CAF_CHECK(x["waiting"] == 0u);
  CAF_CHECK(x["error"] == "");
}

CAF_TEST(failed rows are held while the disk refuses) {
  sick = true;
  open();
  send(join{});
  send(make_block(0, 10));
  wait(30s);
  CAF_CHECK_EQUAL(total("stored"), 8u);
  CAF_CHECK_EQUAL(total("held"), 2u);
  CAF_CHECK_EQUAL(total("failed"), 0u);
  CAF_CHECK(mine->told.empty());
  CAF_CHECK(mine->receipts.empty());
  // The whole block, and why its rows have failed.
  CAF_CHECK(room->used() > cost(make_block(0, 10)));
  auto x = books()["dead_letters"];
  CAF_CHECK(x["waiting"] == 2u);
  CAF_CHECK(x["error"].get<std::string>().find("No space left")
            != std::string::npos);
  sick = false;
  wait(5s);
  CAF_CHECK_EQUAL(total("failed"), 2u);
  CAF_CHECK(rows() == both);
  CAF_CHECK_EQUAL(mine->told.size(), 1u);
  CAF_CHECK_EQUAL(mine->receipts.size(), 1u);
  CAF_CHECK_EQUAL(room->used(), 0u);
  CAF_CHECK(books()["dead_letters"]["waiting"] == 0u);
}

CAF_TEST(a writer that crashes is started again and told again) {
  sick = true;
  open();
  send(make_block(0, 10));
  crash(writers.back());
  sick = false;
  wait(1s);
  CAF_CHECK_EQUAL(writers.size(), 2u);
  CAF_CHECK_EQUAL(total("failed"), 2u);
  CAF_CHECK(rows() == both);
  CAF_CHECK_EQUAL(mine->receipts.size(), 1u);
}

CAF_TEST(a collector that crashes has nothing written twice) {
  open();
  send(join{});
  crash(collector());
  send(make_block(0, 10));
  CAF_CHECK_EQUAL(total("held"), 2u); // written, but nobody was told
  CAF_CHECK(rows() == both);
  wait(1s);
  CAF_CHECK_EQUAL(total("failed"), 2u);
  CAF_CHECK_EQUAL(mine->told.size(), 1u);
  CAF_CHECK(rows() == both);
}

CAF_TEST(a drain ends though the disk refuses and says what it leaves) {
  sick = true;
  open();
  send(make_block(0, 10));
  send(drain{caf::timespan{10s}});
  wait(10s);
  CAF_CHECK(reports.empty());
  wait(6s);
  CAF_REQUIRE_EQUAL(reports.size(), 1u);
  auto& x = reports[0];
  CAF_CHECK(x.total.balanced());
  CAF_CHECK_EQUAL(x.total.stored, 8u);
  CAF_CHECK_EQUAL(x.total.held, 2u);
  CAF_CHECK_EQUAL(x.unwritten, 2u);
  CAF_CHECK(x.unwritten_reason.find("No space left") != std::string::npos);
  CAF_CHECK(mine->receipts.empty());
}

CAF_TEST(a drain waits for the disk as long as there is time) {
  sick = true;
  open();
  send(make_block(0, 10));
  send(drain{caf::timespan{10s}});
  wait(5s);
  sick = false;
  wait(5s);
  CAF_REQUIRE_EQUAL(reports.size(), 1u);
  CAF_CHECK_EQUAL(reports[0].total.failed, 2u);
  CAF_CHECK_EQUAL(reports[0].unwritten, 0u);
  CAF_CHECK(rows() == both);
}

CAF_TEST(a drain waits for a slow disk as long as it takes rows) {
  sick = true;
  options.dead_letters.file_bytes = 4096;
  letters = std::make_shared<dead_letter_file>(options.dead_letters, on);
  google->rule = [](const internal::job&) { return bqs::test::sick(503); };
  open();
  send(make_block(0, 1000));
  send(drain{caf::timespan{1s}});
  wait(4s);
  // From now on it takes one group in each second.
  sick = false;
  auto free = 0;
  at_sync = [&] { sick = --free < 0; };
  for (auto i = 0; i < 600 && reports.empty(); ++i) {
    free = 1;
    wait(1s);
  }
  at_sync = nullptr;
  CAF_REQUIRE_EQUAL(reports.size(), 1u);
  CAF_CHECK_EQUAL(reports[0].total.failed, 1000u);
  CAF_CHECK_EQUAL(reports[0].unwritten, 0u);
  CAF_CHECK_EQUAL(rows().size(), 1000u);
}

CAF_TEST(what a drain gives up is written too) {
  google->rule = [](const internal::job&) { return bqs::test::sick(503); };
  open();
  send(make_block(0, 10));
  send(drain{caf::timespan{3s}});
  wait(6s);
  CAF_REQUIRE_EQUAL(reports.size(), 1u);
  CAF_CHECK_EQUAL(reports[0].shut_down, 10u);
  CAF_CHECK_EQUAL(rows().size(), 10u);
}

CAF_TEST_FIXTURE_SCOPE_END()
