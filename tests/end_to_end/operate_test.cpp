// What operators do to a node while it runs.

#include "tests/end_to_end/stage.hpp"

#include <thread>

using namespace bqs::test;

namespace {

struct operate : stage {
  /// What a status line of a table has under `key`.
  nlohmann::json of(const std::string& table, const std::string& key) {
    auto all = status();
    expect_balanced(all);
    for (auto& x : all["tables"])
      if (x["table"] == table)
        return x[key];
    return {};
  }
};

} // namespace

TEST_F(operate, a_paused_table_keeps_its_rows_and_no_other_waits_for_it) {
  start_sandbox();
  start_node();
  ASSERT_EQ(run({"pause", "shop.events", "--of=" + to_node()}), 0);
  EXPECT_EQ(output, "0 rows are held\n");
  process sender{{"send", "--to=" + to_node(), "--table=shop.events",
                  files.write("rows.ndjson", rows_text("a", 10))}};
  ASSERT_EQ(run({"send", "--to=" + to_node(), "--table=shop.orders"},
                rows_text("b", 10)),
            0)
    << errors;
  // The ten may still be on their way.
  while (of("shop.events", "held") != 10)
    std::this_thread::yield();
  EXPECT_EQ(of("shop.events", "state"), "paused");
  EXPECT_EQ(stored().count("shop.events"), 0u);
  ASSERT_EQ(run({"flush", "--of=" + to_node()}), 0);
  ASSERT_EQ(run({"resume", "shop.events", "--of=" + to_node()}), 0);
  EXPECT_EQ(output, "10 rows go on\n");
  EXPECT_EQ(sender.wait(), 0);
  EXPECT_EQ(stored().at("shop.events").rows, 10u);
  EXPECT_EQ(of("shop.events", "state"), "ok");
}

TEST_F(operate, says_what_is_wrong) {
  EXPECT_EQ(run({"pause", "events", "--of=127.0.0.1:1"}), 64);
  EXPECT_EQ(errors, "bqstreamer: the table must be [PROJECT.]DATASET.TABLE, "
                    "not events\n");
  EXPECT_EQ(run({"pause", "--of=nowhere"}), 64);
  EXPECT_EQ(run({"resume", "--of=127.0.0.1:1"}), 69);
}
