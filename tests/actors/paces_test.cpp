#include "actors/paces.hpp"

#include <gtest/gtest.h>

namespace bqs {

namespace {

using namespace std::chrono_literals;

struct paces_test : testing::Test {
  void end(const std::string& table, const http::outcome& x,
           const std::string& project = "p") {
    uut.start(table, project, 1000, now);
    uut.note(table, project, x, 1000, now, now);
  }

  static http::outcome stored() {
    http::outcome x;
    x.verdict = http::verdict::stored;
    return x;
  }

  static http::outcome refused(bool of_project,
                               http::cause why = http::cause::throttled) {
    http::outcome x;
    x.cause = why;
    x.of_project = of_project;
    return x;
  }

  bool may(const std::string& table, const std::string& project = "p") const {
    return now >= uut.table_free_at(table)
           && now >= uut.project_free_at(project);
  }

  paces uut;
  time_point now = time_point{} + 1000h;
};

TEST_F(paces_test, a_quota_of_a_table_slows_down_that_table) {
  end("p.d.a", refused(false));
  EXPECT_FALSE(may("p.d.a"));
  EXPECT_TRUE(may("p.d.b"));
  auto free = uut.table_free_at("p.d.a");
  EXPECT_GT(free, now);
  EXPECT_LE(free, now + 2s);
  now = free;
  EXPECT_TRUE(may("p.d.a"));
}

TEST_F(paces_test, a_quota_of_a_project_slows_down_all_its_tables) {
  end("p.d.a", refused(true));
  EXPECT_FALSE(may("p.d.a"));
  EXPECT_FALSE(may("p.d.b"));
  EXPECT_TRUE(may("q.d.a", "q"));
}

TEST_F(paces_test, other_failures_slow_down_nothing) {
  for (auto why : {http::cause::unavailable, http::cause::missing,
                   http::cause::bad_token, http::cause::forbidden})
    end("p.d.a", refused(true, why));
  EXPECT_TRUE(may("p.d.a"));
}

TEST_F(paces_test, forgets_what_has_no_limit_and_is_idle) {
  for (auto i = 0; i < 100; ++i)
    end("p.d." + std::to_string(i), stored());
  end("p.d.slow", refused(false));
  EXPECT_EQ(uut.size(), 102u);
  now += 10s;
  uut.start("q.d.a", "q", 1000, now);
  EXPECT_EQ(uut.size(), 3u); // the slow one, and these two
}

TEST_F(paces_test, forgets_what_was_refused_long_ago) {
  end("p.d.a", stored());
  end("p.d.a", refused(false));
  end("p.d.b", refused(true));
  EXPECT_EQ(uut.size(), 3u);
  auto after = [&](std::chrono::seconds time) {
    now += time;
    uut.start("q.d.a", "q", 1000, now);
    return uut.size() - 2;
  };
  EXPECT_EQ(after(100s), 2u); // the table a, and the project
  EXPECT_EQ(after(30s), 0u);
}

} // namespace

} // namespace bqs
