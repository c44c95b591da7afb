#define CAF_SUITE dead_letter_writer

#include "actors/dead_letter_writer.hpp"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "tests/fixture.hpp"
#include "tests/scratch.hpp"

using namespace bqs;
using namespace bqs::internal;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

struct fixture : deterministic {
  fixture() {
    auto on = disk::real();
    on.sync = [this](int fd) {
      ++syncs;
      if (broken)
        throw std::out_of_range{"{\"secret\":1}"};
      errno = EIO;
      return sick ? -1 : ::fdatasync(fd);
    };
    dead_letter_options options;
    options.directory = place.path("letters");
    init.file = std::make_shared<dead_letter_file>(options, on);
    init.gauge = gauge;
    init.project = "home";
    open();
  }

  ~fixture() override {
    done.clear();
  }

  /// Starts a writer, in place of the one before.
  void open() {
    uut = start(dead_letter_writer, init);
  }

  /// Tells the writer of failed rows, without running anything.
  void fail(block rows, row_range which,
            failure_reason why = {"invalid", "", "", 200, false}) {
    auto source = hold(1, std::move(rows));
    std::vector<decision> items{
      {source, which, false, std::move(why), false, 3}};
    losses x{++numbers, std::make_shared<const std::vector<decision>>(items)};
    start([this, x](caf::event_based_actor* asker) -> caf::behavior {
      asker->request(uut, caf::infinite, x)
        .then([this](std::uint64_t number) { done.push_back(number); },
              [](caf::error&) {});
      return {[](caf::unit_t) {}};
    });
  }

  /// All lines there are.
  std::vector<nlohmann::json> lines() const {
    std::vector<nlohmann::json> result;
    for (auto& x : std::filesystem::directory_iterator{place.path("letters")}) {
      std::ifstream in{x.path()};
      for (std::string line; std::getline(in, line);)
        result.push_back(nlohmann::json::parse(line));
    }
    return result;
  }

  scratch place;
  bool sick = false;
  bool broken = false;
  int syncs = 0;
  std::shared_ptr<dead_letter_gauge> gauge
    = std::make_shared<dead_letter_gauge>();
  dead_letter_writer_init init;
  dead_letter_writer_actor uut;
  std::uint64_t numbers = 0;
  /// Numbers that were answered.
  std::vector<std::uint64_t> done;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(dead_letter_writer_tests, fixture)

CAF_TEST(each failed row becomes a line) {
  fail(make_block(50, 4), {1, 3}, {"invalid", "no", "a", 200, true});
  CAF_CHECK(done == std::vector<std::uint64_t>{1});
  auto all = lines();
  CAF_REQUIRE_EQUAL(all.size(), 2u);
  CAF_CHECK(all[0]["table"] == "home:shop.events");
  CAF_CHECK(all[0]["insert_id"] == to_string(make_stream(1)) + "-51");
  CAF_CHECK(all[0]["row"].dump() == row_text(51));
  CAF_CHECK(all[0]["reason"] == "invalid");
  CAF_CHECK(all[0]["attempts"] == 3);
  CAF_CHECK(all[1]["row"].dump() == row_text(52));
  CAF_CHECK_EQUAL(gauge->written.load(), 2u);
  CAF_CHECK_EQUAL(gauge->bytes.load(), init.file->bytes());
  CAF_CHECK(gauge->bytes.load() > 0);
}

CAF_TEST(what waits is synced together) {
  // Without running: all of them are in the mailbox first.
  std::vector<decision> items{
    {hold(1, make_block(0, 1)), {0, 1}, false, {}, false, 1}};
  for (auto i = 1u; i <= 5; ++i)
    self->send(uut,
               losses{i, std::make_shared<const std::vector<decision>>(items)});
  consume_messages();
  CAF_CHECK_EQUAL(syncs, 1);
  CAF_CHECK_EQUAL(lines().size(), 5u);
}

CAF_TEST(many rows fit a small directory that makes room) {
  dead_letter_options options;
  options.directory = place.path("small");
  options.file_bytes = 16 << 10;
  options.max_bytes = 64 << 10;
  options.when_full = when_full::drop_oldest;
  init.file = std::make_shared<dead_letter_file>(options, disk::real());
  open();
  fail(make_block(0, 10'000), {0, 10'000});
  CAF_CHECK_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(gauge->error(), "");
  CAF_CHECK(gauge->bytes.load() <= options.max_bytes);
  CAF_CHECK(gauge->dropped_files.load() > 0);
  for (auto& x : std::filesystem::directory_iterator{options.directory})
    CAF_CHECK(!x.is_regular_file() || x.file_size() <= options.file_bytes);
}

CAF_TEST(what fits a full directory is written) {
  dead_letter_options options;
  options.directory = place.path("small");
  options.file_bytes = 64 << 10;
  options.max_bytes = 64 << 10;
  init.file = std::make_shared<dead_letter_file>(options, disk::real());
  open();
  fail(make_block(0, 10'000), {0, 10'000});
  pass(60s);
  CAF_CHECK(done.empty());
  CAF_CHECK(gauge->error().find("is full") != std::string::npos);
  CAF_CHECK(gauge->bytes.load() > options.max_bytes - 8192);
}

CAF_TEST(rows larger than a piece are written whole) {
  block_builder b;
  for (auto i = 0; i < 5; ++i)
    b.add(std::string_view{"{\"a\":\"" + std::string(700'000, 'x') + "\"}"});
  fail(b.finish(make_stream(1), 0, *parse_table("shop.events")), {0, 5});
  CAF_CHECK_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(lines().size(), 5u);
  CAF_CHECK_EQUAL(syncs, 1); // 3.5 MB
}

CAF_TEST(a sick disk is tried again after ever longer waits) {
  sick = true;
  fail(make_block(0, 2), {0, 2});
  fail(make_block(2, 1), {0, 1});
  CAF_CHECK(done.empty());
  CAF_CHECK(gauge->error().find("Input/output error") != std::string::npos);
  CAF_CHECK_EQUAL(syncs, 1);
  CAF_CHECK(lines().empty()); // taken back
  pass(100ms);
  CAF_CHECK_EQUAL(syncs, 2);
  pass(100ms);
  CAF_CHECK_EQUAL(syncs, 2);
  pass(100ms);
  CAF_CHECK_EQUAL(syncs, 3);
  pass(60s);
  CAF_CHECK(syncs >= 3 + 60 / 5 && syncs < 25);
  sick = false;
  pass(5s);
  CAF_CHECK(done == (std::vector<std::uint64_t>{1, 2}));
  CAF_CHECK_EQUAL(gauge->error(), "");
  CAF_CHECK_EQUAL(lines().size(), 3u);
  CAF_CHECK_EQUAL(gauge->written.load(), 3u);
  // The next trouble begins with a short wait.
  sick = true;
  fail(make_block(3, 1), {0, 1});
  sick = false;
  pass(100ms);
  CAF_CHECK_EQUAL(done.size(), 3u);
}

CAF_TEST(a crash tells its place and nothing of a row) {
  broken = true;
  self->monitor(uut);
  fail(make_block(0, 1), {0, 1});
  std::string why;
  self->receive([&](const caf::down_msg& x) { why = to_string(x.reason); });
  CAF_CHECK(why.find("std::out_of_range over") != std::string::npos);
  CAF_CHECK(why.find("secret") == std::string::npos);
}

CAF_TEST(a successor goes on where a crash has left the file) {
  fail(make_block(0, 1), {0, 1});
  CAF_CHECK(init.file->append("{\"half\":").empty());
  crash(uut);
  open();
  fail(make_block(1, 1), {0, 1});
  CAF_CHECK_EQUAL(done.size(), 2u);
  CAF_CHECK_EQUAL(lines().size(), 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()
