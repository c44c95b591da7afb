// Rows in, rows stored: each once, counted by SQL; bad ones told.

#include <algorithm>
#include <csignal>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/live/live_stage.hpp"

using namespace bqs::live;
using bqs::test::process;
using bqs::test::rows_text;

namespace {

struct rows : live_stage {
  /// The dead letters of a node with `files.path("letters")`.
  std::vector<nlohmann::json> dead_letters() const {
    std::vector<nlohmann::json> result;
    for (auto& x : letter_files()) {
      std::ifstream in{x};
      for (std::string line; std::getline(in, line);)
        result.push_back(nlohmann::json::parse(line));
    }
    return result;
  }

  std::vector<std::string> letter_files() const {
    std::vector<std::string> result;
    for (auto& x : std::filesystem::directory_iterator{files.path("letters")})
      result.push_back(x.path().string());
    return result;
  }

  std::string keep_letters() const {
    return "--dead-letters.directory=" + files.path("letters");
  }

  /// Replays all files; `summary` has what it says. Returns the exit code. On
  /// the bill a dead letter is as large as its line, which is more than its
  /// row, and also one that is passed over.
  int replay(const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"replay", "--to=" + to_node(), "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    for (auto& x : letter_files())
      arguments.push_back(x);
    if (std::ranges::find(more, "--dry-run") == more.end()) {
      bill sent;
      std::set<std::string> ids; // copies are not sent
      for (auto& x : dead_letters())
        if (auto id = x.value("insert_id", "");
            id.empty() || ids.insert(id + x["row"].dump()).second)
          sent.add_row(x.dump().size());
      here().charge(sent);
    }
    process x{arguments};
    return finish(x);
  }
};

} // namespace

TEST_F(rows, batches_by_count_by_size_and_by_age_store_each_row_once) {
  struct plan {
    std::string name;
    std::string table;
    std::string settings;
  };
  // Each is made ready by one limit alone.
  std::vector<plan> plans{
    {"by_count", {}, "batch.rows = 100\nbatch.age = 1h\n"},
    {"by_size", {}, "batch.rows = 5000\nbatch.bytes = 32KiB\nbatch.age = 1h\n"},
    {"by_age", {}, "batch.rows = 5000\nbatch.age = 300ms\n"}};
  std::string config;
  for (auto& x : plans) {
    x.table = here().make_table(x.name, row_fields);
    config
      += "[table." + here().address_of(x.table) + "]\n" + x.settings + "\n";
  }
  start({"--config-file=" + files.write("node.ini", config)});
  std::vector<process> senders;
  for (auto& x : plans)
    senders.push_back(sender(x.table, rows_text(x.name, 2'050)));
  auto all_begin = [&] {
    auto books = status();
    auto begun = [](const nlohmann::json& x) { return x["stored"] > 0; };
    return books["tables"].size() == plans.size()
           && std::ranges::all_of(books["tables"], begun);
  };
  EXPECT_TRUE(eventually(all_begin)) << status().dump(2);
  // What is left of the first two would wait for an hour.
  ASSERT_TRUE(wait_for_total("accepted", 3 * 2'050)) << status().dump(2);
  EXPECT_EQ(run({"flush", "--of=" + to_node()}), 0) << errors;
  for (auto& x : senders)
    EXPECT_EQ(finish(x), 0) << errors;
  auto books = status();
  expect_balanced(books);
  EXPECT_EQ(books["total"]["stored"], 3 * 2'050);
  EXPECT_EQ(stop_node(), 0) << node->errors();
  for (auto& x : plans)
    expect_rows(x.table, x.name, 2'050);
}

TEST_F(rows, bad_ones_among_good_ones_fail_alone_with_their_reasons) {
  auto table = plain_table();
  start({keep_letters()});
  auto text = rows_text("good", 200) + R"({"id":"good-x","n":1,"nope":1})"
              + "\nthis is no JSON\n\n" + R"({"id":"good-y","n":"many"})" + "\n"
              + R"({"id":"good-z"})"; // without an end
  auto file = files.write("rows.ndjson", text);
  here().charge_rows(text);
  process sending{command(table, {"--insert-id-field=id", file})};
  EXPECT_EQ(finish(sending), 65);
  EXPECT_EQ(summary["rows"], 204);
  EXPECT_EQ(summary["stored"], 200);
  EXPECT_EQ(summary["failed"], 4);
  EXPECT_EQ(reasons(), (std::map<int, std::string>{{201, "invalid"},
                                                   {202, "malformed"},
                                                   {204, "invalid"},
                                                   {205, "invalid"}}))
    << errors;
  for (auto& x : told()) {
    EXPECT_EQ(x["file"], file);
    EXPECT_FALSE(x["message"].get<std::string>().empty()) << x;
    EXPECT_FALSE(x.contains("row"));
  }
  expect_balanced(status());
  EXPECT_EQ(stop_node(), 0);
  std::set<std::string> dead;
  for (auto& x : dead_letters()) {
    dead.insert(x["row"].is_object() ? x["row"].dump()
                                     : x["row"].get<std::string>());
  }
  EXPECT_EQ(dead, (std::set<std::string>{
                    R"({"id":"good-x","n":1,"nope":1})", "this is no JSON",
                    R"({"id":"good-y","n":"many"})", R"({"id":"good-z"})"}));
  expect_rows(table, "good", 200);
}

TEST_F(rows, that_name_their_table_go_there) {
  auto one = plain_table();
  auto other = here().make_table("named", row_fields);
  start();
  auto row = [n = 0](const std::string& to) mutable {
    auto number = std::to_string(++n);
    return R"({"id":"named-)" + number + R"(","n":)" + number + R"(,"text":)"
           + to + "}\n";
  };
  auto quoted = [](const std::string& x) { return '"' + x + '"'; };
  auto text = row(quoted(here().address_of(one)))
              + row(quoted(here().address_of(other))) + row(quoted("nowhere"))
              + row("null") + row("7")
              + row(quoted(here().project() + ":" + here().address_of(one)));
  auto send_by_name = [&](std::vector<std::string> more) {
    here().charge_rows(text);
    more.insert(more.begin(),
                {"send", "--to=" + to_node(), "--json", "--table-field=text"});
    process sending{more, text};
    return finish(sending);
  };
  EXPECT_EQ(send_by_name({}), 65);
  EXPECT_EQ(summary["stored"], 3);
  EXPECT_EQ(reasons(), (std::map<int, std::string>{
                         {3, "no_table"}, {4, "no_table"}, {5, "no_table"}}));
  for (auto& x : told())
    EXPECT_EQ(x.dump().find("nowhere"), std::string::npos) << x;
  // With somewhere to go, a row without the field goes there.
  EXPECT_EQ(send_by_name({"--table=" + here().address_of(other)}), 65);
  EXPECT_EQ(summary["stored"], 4);
  EXPECT_EQ(reasons(),
            (std::map<int, std::string>{{3, "no_table"}, {5, "no_table"}}));
  expect_balanced(status());
  EXPECT_EQ(here().count(one, "named"), (counted{4, 2}));
  EXPECT_EQ(here().count(other, "named"), (counted{3, 2}));
}

TEST_F(rows, one_that_is_too_large_fails_alone) {
  auto table = plain_table();
  start();
  auto large = [](const std::string& id, std::size_t bytes) {
    return R"({"id":"large-)" + id + R"(","n":1,"text":")"
           + std::string(bytes, 'x') + "\"}\n";
  };
  constexpr std::size_t MiB = 1u << 20;
  // Larger than other requests, as large as a request may be (so that it does
  // not fit into one), and larger than a row may be.
  EXPECT_EQ(send(table, rows_text("large", 20) + large("a", 6 * MiB)
                          + large("b", 10 * MiB - 200)
                          + large("c", 10 * MiB + 1)),
            65);
  auto told = reasons();
  EXPECT_FALSE(told.contains(21)) << errors;
  EXPECT_EQ(told[23], "too_large") << errors;
  // How exactly the service counts, and whether it blames the request or the
  // row, is for it to say.
  EXPECT_EQ(told.size(), told.contains(22) ? 2u : 1u) << errors;
  if (told.contains(22)) {
    EXPECT_TRUE(told[22] == "too_large" || told[22] == "invalid") << errors;
  }
  auto stored = 23 - told.size();
  EXPECT_EQ(summary["stored"], stored) << errors;
  expect_balanced(status());
  expect_rows(table, "large", stored);
  // And it is whole.
  auto length
    = here().query("SELECT SUM(LENGTH(text)) FROM `" + here().project() + "."
                   + here().address_of(table) + "` WHERE id = 'large-a'");
  EXPECT_EQ(length, std::vector{std::to_string(6 * MiB)});
}

TEST_F(rows, packed_requests_arrive) {
  auto table = plain_table();
  start({"--bigquery.compress=true"});
  EXPECT_EQ(send(table, rows_text("packed", 3'000)), 0) << errors;
  expect_balanced(status());
  expect_rows(table, "packed", 3'000);
}

TEST_F(rows, that_come_twice_with_their_ids_are_stored_once) {
  auto table = plain_table();
  start();
  auto text = rows_text("twice", 300);
  EXPECT_EQ(send(table, text, {"--insert-id-field=id"}), 0) << errors;
  EXPECT_EQ(send(table, text, {"--insert-id-field=id"}), 0) << errors;
  expect_balanced(status());
  // The service promises that at best effort only: once more may tell.
  expect_rows(table, "twice", 300);
}

TEST_F(rows, a_subscriber_is_told_of_those_that_fail) {
  auto table = plain_table();
  start();
  process watch{{"errors", "--from=" + to_node(), "--follow", "--last=0"}};
  EXPECT_TRUE(eventually([&] { return status()["subscribers"] == 1; }));
  EXPECT_EQ(send(table, "{\"id\":\"strange\",\"n\":1,\"nope\":[1,2]}\n"), 65);
  auto line = watch.wait_for_line("strange");
  ASSERT_TRUE(line) << watch.errors();
  auto x = nlohmann::json::parse(*line);
  EXPECT_EQ(x["table"], here().address_of(table));
  EXPECT_EQ(x["reason"], "invalid");
  EXPECT_EQ(x["row"]["id"], "strange");
  EXPECT_FALSE(x["insert_id"].get<std::string>().empty());
  watch.signal(SIGINT);
  EXPECT_EQ(watch.wait(), 0);
}

TEST_F(rows, that_did_not_fit_are_sent_again_when_the_table_is_mended) {
  auto fields = std::string{R"({"name":"id","type":"STRING"},)"
                            R"({"name":"n","type":"INTEGER"})"};
  auto table = here().make_table("mended", fields);
  start({keep_letters()});
  EXPECT_EQ(send(table, "{\"id\":\"mended-good\"}\n" + rows_text("mended", 100)
                          + "not JSON \xff\n"),
            65)
    << errors;
  node->signal(SIGKILL); // right behind the receipts
  node->wait();
  EXPECT_EQ(summary["stored"], 1);
  EXPECT_EQ(summary["failed"], 101);
  // Who was told finds them there, whatever becomes of the node.
  EXPECT_EQ(dead_letters().size(), 101u);
  std::map<std::string, int> dead;
  for (auto& x : dead_letters()) {
    EXPECT_EQ(x["table"], here().project() + ":" + here().address_of(table));
    ++dead[x["reason"].get<std::string>()];
  }
  EXPECT_EQ(dead["invalid"], 100);
  EXPECT_EQ(dead.size(), 2u);

  // The table is as it was: they fail again, into another file.
  start({keep_letters()});
  EXPECT_EQ(replay({"--reason=invalid"}), 65) << errors;
  EXPECT_EQ(summary["read"], 101);
  EXPECT_EQ(summary["skipped"], 1);
  EXPECT_EQ(summary["failed"], 100);
  EXPECT_EQ(stop_node(), 0);
  EXPECT_EQ(dead_letters().size(), 201u);

  here().change_table(table, fields + R"(,{"name":"text","type":"STRING"})");
  here().wait_until_takes(table, R"({"text":"x"})");
  start({keep_letters()});
  EXPECT_EQ(replay({"--table=" + here().address_of(table), "--dry-run"}), 0)
    << errors;
  EXPECT_EQ(summary["would_send"], 101) << output;
  auto times = 0;
  EXPECT_TRUE(eventually([&] {
    ++times;
    return replay({"--reason=invalid", "--since=2020-01-01"}) == 0;
  }))
    << errors;
  expect_balanced(status());
  EXPECT_EQ(stop_node(), 0);
  auto there = here().count(table);
  EXPECT_EQ(there.different, 101u);
  // A part of the service that had not heard of the change made more than one
  // replay of it, and rows came again after the minute in which copies drop.
  if (times == 1) {
    EXPECT_EQ(summary["copies"], 100);
    EXPECT_EQ(summary["stored"], 100);
    EXPECT_EQ(there.rows, 101u);
  }
}
