// Files in: formats, tables by field, following, and what a crash leaves.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include <httplib.h>

#include "tests/end_to_end/stage.hpp"

using namespace bqs::test;

namespace {

namespace fs = std::filesystem;

struct sending : stage {
  std::vector<std::string> command(std::vector<std::string> more) const {
    more.insert(more.begin(), {"send", "--to=" + to_node(), "--json"});
    return more;
  }

  /// Writes a packed file; returns its path.
  std::string write_gzip(std::string_view name, std::string_view text) const {
    auto path = files.path(name);
    auto file = gzopen(path.c_str(), "wb");
    EXPECT_EQ(gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
              static_cast<int>(text.size()));
    gzclose(file);
    return path;
  }

  void append(const std::string& path, std::string_view text) const {
    std::ofstream{path, std::ios::app | std::ios::binary} << text;
  }

  nlohmann::json get(const std::string& what) const {
    httplib::Client client{"127.0.0.1", box_port};
    auto answer = client.Get("/bigquery/v2/projects/test/datasets/" + what);
    EXPECT_TRUE(answer && answer->status == 200) << what;
    return nlohmann::json::parse(answer ? answer->body : "{}");
  }

  /// The first column of a table's rows, by how often each value is there.
  std::map<std::string, int> values(const std::string& table) const {
    std::map<std::string, int> result;
    std::string token;
    do {
      auto page = get("ds/tables/" + table
                      + "/data?maxResults=10000&pageToken=" + token);
      for (auto& row : page["rows"])
        ++result[row["f"][0]["v"].get<std::string>()];
      token = page.value("pageToken", "");
    } while (!token.empty());
    return result;
  }

  /// Waits until a table has at least so many rows. Asking takes its time.
  void wait_for_rows(const std::string& table, std::uint64_t rows) {
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (stored()[table].rows < rows) {
      ASSERT_LT(std::chrono::steady_clock::now(), end)
        << stored()[table].rows << " of " << rows << " rows";
      status();
    }
  }

  /// The lines on standard error, those of failed rows by line.
  std::map<int, std::string> failed_rows() const {
    std::map<int, std::string> result;
    std::istringstream lines{errors};
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with('{')) {
        auto x = nlohmann::json::parse(line);
        result[x["line"].get<int>()] = x["reason"].get<std::string>();
      }
    return result;
  }
};

/// `{"n":N}`, a line each.
std::string numbers(int from, int to) {
  std::string result;
  for (auto i = from; i < to; ++i)
    result += "{\"n\":" + std::to_string(i) + "}\n";
  return result;
}

} // namespace

TEST_F(sending, packed_csv_fills_typed_columns) {
  start_sandbox();
  start_node();
  auto file = write_gzip("rows.csv.gz", "name,n,x,good,zip\r\n"
                                        "\"a, \"\"b\"\"\",1,0.5,true,01234\r\n"
                                        "\"two\nlines\",2,,false,\r\n"
                                        "three,3\r\n"
                                        "four,many,1,true,1\r\n"
                                        "five,5,1,true,00001\r\n");
  EXPECT_EQ(run(command({"--table=ds.t", "--infer", file})), 65) << errors;
  auto summary = nlohmann::json::parse(output);
  EXPECT_EQ(summary["rows"], 5);
  EXPECT_EQ(summary["stored"], 3);
  EXPECT_EQ(failed_rows(),
            (std::map<int, std::string>{{5, "malformed"}, {6, "invalid"}}))
    << errors;
  EXPECT_EQ(values("t"), (std::map<std::string, int>{
                           {"a, \"b\"", 1}, {"two\nlines", 1}, {"five", 1}}));
  std::map<std::string, std::string> types;
  auto schema = get("ds/tables/t")["schema"]["fields"];
  for (auto& x : schema)
    types[x["name"]] = x["type"];
  EXPECT_EQ(types, (std::map<std::string, std::string>{{"name", "STRING"},
                                                       {"n", "INTEGER"},
                                                       {"x", "FLOAT"},
                                                       {"good", "BOOLEAN"},
                                                       {"zip", "STRING"}}));
}

TEST_F(sending, a_packed_file_that_is_cut_loses_nothing_before) {
  start_sandbox();
  start_node();
  auto file = write_gzip("rows.gz", numbers(0, 50'000));
  fs::resize_file(file, fs::file_size(file) - 8);
  auto other = files.write("other", numbers(50'000, 50'010));
  EXPECT_EQ(run(command({"--table=ds.t", file, other})), 66);
  EXPECT_NE(errors.find("rows.gz: its gzip data ends too early; 50,000 lines"),
            std::string::npos)
    << errors;
  EXPECT_EQ(stored()["ds.t"].rows, 50'010u);
}

// A message that the guard does not let in would be sent for ever.
TEST_F(sending, a_row_that_is_too_large_for_the_node_fails_alone) {
  start_sandbox();
  start_node({"--budget.max-block-bytes=1MiB"});
  auto large = "{\"text\":\"" + std::string(5'000'000, 'x') + "\"}\n";
  EXPECT_EQ(run(command({"--table=ds.t"}), large + "{\"n\":1}\n"), 65);
  EXPECT_EQ(failed_rows(), (std::map<int, std::string>{{1, "too_large"}}));
  EXPECT_EQ(stored()["ds.t"].rows, 1u);
}

TEST_F(sending, many_tables_at_once) {
  start_sandbox();
  start_node();
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += R"({"n":)" + std::to_string(i) + R"(,"t":"ds.t)"
            + std::to_string(i * 7919 % 300) + "\"}\n";
  EXPECT_EQ(run(command({"--table-field=t"}), text), 0) << errors;
  auto tables = stored();
  EXPECT_EQ(tables.size(), 300u);
  std::uint64_t rows = 0;
  for (auto& [name, x] : tables)
    rows += x.rows;
  EXPECT_EQ(rows, 20'000u);
}

TEST_F(sending, strict_ends_with_the_first_row_that_fails) {
  start_sandbox();
  start_node();
  auto good = numbers(0, 10);
  // Bad by itself.
  auto local = files.write("local.csv", "n\n1\n2,3\n4\n");
  EXPECT_EQ(run(command({"--strict", "--table=ds.t", local, local})), 65);
  EXPECT_EQ(nlohmann::json::parse(output)["rows"], 2);
  EXPECT_EQ(nlohmann::json::parse(output)["stored"], 1);
  // Bad for the node: the next input, which never ends, is not waited for.
  auto first = files.write("first", good + "no JSON\n");
  auto endless = files.path("endless");
  ASSERT_EQ(mkfifo(endless.c_str(), 0600), 0);
  auto writer = open(endless.c_str(), O_RDWR | O_CLOEXEC);
  EXPECT_EQ(run(command({"--strict", "--table=ds.u", first, endless})), 65);
  close(writer);
  auto summary = nlohmann::json::parse(output);
  EXPECT_EQ(summary["rows"], 11);
  EXPECT_EQ(summary["unsettled"], 0);
  EXPECT_EQ(summary["failed"], 1);
}

TEST_F(sending, a_signal_ends_a_plain_run_at_once) {
  start_sandbox({"--create-tables", "--fault=latency=200ms"});
  start_node();
  auto file = files.write("rows", numbers(0, 1'000'000));
  process sender{command({"--table=ds.t", file})};
  wait_for_rows("ds.t", 1);
  sender.signal(SIGINT);
  EXPECT_EQ(sender.wait(), 130);
  auto summary = nlohmann::json::parse(sender.output());
  EXPECT_GT(summary["unsettled"], 0);
}

TEST_F(sending, a_plain_run_goes_on_behind_its_checkpoint) {
  start_sandbox();
  start_node();
  auto state = "--checkpoint=" + files.path("state");
  auto a = files.write("a", numbers(0, 100));
  auto b = files.write("b.csv", "n\n100\n101\n");
  EXPECT_EQ(run(command({"--table=ds.t", state, a, b})), 0) << errors;
  EXPECT_EQ(nlohmann::json::parse(output)["rows"], 102);
  append(a, numbers(102, 110));
  append(b, "110\n");
  EXPECT_EQ(run(command({"--table=ds.t", "--infer", state, a, b})), 0);
  EXPECT_EQ(nlohmann::json::parse(output)["rows"], 9);
  EXPECT_EQ(stored()["ds.t"].rows, 111u);
  EXPECT_EQ(stored()["ds.t"].distinct_insert_ids, 111u);
}

TEST_F(sending, a_line_without_end_waits_in_front_of_the_checkpoint) {
  start_sandbox();
  start_node();
  auto state = "--checkpoint=" + files.path("state");
  auto log = files.write("app.log", "{\"n\":1}\n{\"n\":");
  EXPECT_EQ(run(command({"--table=ds.t", state, log})), 0) << errors;
  EXPECT_EQ(nlohmann::json::parse(output)["rows"], 1);
  EXPECT_NE(errors.find("app.log: line 2 has no end"), std::string::npos)
    << errors;
  append(log, "2}\n");
  EXPECT_EQ(run(command({"--table=ds.t", state, log})), 0) << errors;
  EXPECT_EQ(nlohmann::json::parse(output)["rows"], 1);
  EXPECT_EQ(errors, "");
  EXPECT_EQ(values("t"), (std::map<std::string, int>{{"1", 1}, {"2", 1}}));
  // Without a checkpoint the last line needs no end.
  append(log, "{\"n\":3}");
  EXPECT_EQ(run(command({"--table=ds.u", log})), 0) << errors;
  EXPECT_EQ(nlohmann::json::parse(output)["rows"], 3);
}

TEST_F(sending, a_checkpoint_is_one_senders_and_understood) {
  start_sandbox();
  start_node();
  auto state = files.path("state");
  auto log = files.write("app.log", "{\"n\":1}\n");
  process first{
    command({"--table=ds.t", "--follow", "--checkpoint=" + state, log})};
  wait_for_rows("ds.t", 1);
  EXPECT_EQ(run(command({"--table=ds.t", "--checkpoint=" + state, log})), 69);
  EXPECT_NE(errors.find(state), std::string::npos) << errors;
  first.signal(SIGTERM);
  EXPECT_EQ(first.wait(), 0) << first.errors();
  files.write("state", "{\"format\":");
  EXPECT_EQ(run(command({"--table=ds.t", "--checkpoint=" + state, log})), 64);
  EXPECT_NE(errors.find(state), std::string::npos) << errors;
  EXPECT_EQ(stored()["ds.t"].rows, 1u);
}

TEST_F(sending, following_loses_and_repeats_nothing_over_a_crash) {
  start_sandbox(
    {"--create-tables", "--fault=latency=20ms", "--dedup-window=10min"});
  start_node({"--batch.max-rows=500"});
  auto log = files.write("app.log", numbers(0, 10'000));
  auto follow = command(
    {"--table=ds.t", "--follow", "--checkpoint=" + files.path("state"), log});
  {
    process sender{follow};
    wait_for_rows("ds.t", 2'000);
    append(log, numbers(10'000, 20'000));
    fs::rename(log, log + ".1");
    files.write("app.log", numbers(20'000, 30'000));
    wait_for_rows("ds.t", 12'000);
    sender.signal(SIGKILL);
    EXPECT_EQ(sender.wait(), 128 + SIGKILL);
  }
  // While nobody looks: the writer ends the old file, and two more come.
  append(log + ".1", "{\"n\":30000}");
  fs::rename(log + ".1", log + ".2");
  append(log, numbers(30'001, 31'000));
  fs::rename(log, log + ".1");
  files.write("app.log", "{\"n\":31000}\n{\"n\":31001");
  process sender{follow};
  append(log, "}\n");
  wait_for_rows("ds.t", 31'001); // all but the line without end
  append(log, numbers(31'002, 32'000));
  fs::rename(log, log + ".0");
  files.write("app.log", numbers(32'000, 33'000) + "{\"n\":33000");
  // The line without end counts once its file is left: by time.
  wait_for_rows("ds.t", 33'000);
  sender.signal(SIGTERM);
  EXPECT_EQ(sender.wait(), 0) << sender.errors();
  EXPECT_EQ(sender.errors(), "");
  append(log, "}\n");
  process last{follow};
  wait_for_rows("ds.t", 33'001);
  last.signal(SIGINT);
  EXPECT_EQ(last.wait(), 0) << last.errors();
  auto there = values("t");
  for (auto i = 0; i <= 33'000; ++i)
    EXPECT_EQ(there[std::to_string(i)], 1) << i;
  EXPECT_EQ(there.size(), 33'001u);
}

TEST_F(sending, goes_on_when_the_node_is_back) {
  start_sandbox({"--create-tables", "--fault=latency=100ms"});
  start_node({"--dispatch.max-in-flight=1", "--batch.max-rows=1000"});
  auto file = files.write("rows", numbers(0, 30'000));
  process sender{command({"--table=ds.t", "--json", file})};
  wait_for_rows("ds.t", 5'000);
  node->signal(SIGKILL);
  node->wait();
  EXPECT_TRUE(sender.wait_for_error("trying again"));
  start_node();
  EXPECT_EQ(sender.wait(), 0) << sender.errors();
  EXPECT_NE(sender.errors().find("connected to " + to_node()),
            std::string::npos);
  auto summary = nlohmann::json::parse(sender.output());
  EXPECT_EQ(summary["stored"], 30'000);
  // Some of them the first node may have stored.
  EXPECT_GT(summary["possibly_duplicated"], 0);
  auto there = values("t");
  EXPECT_EQ(there.size(), 30'000u);
  for (auto& [n, times] : there)
    EXPECT_EQ(times, 1) << n;
}

TEST_F(sending, a_checkpoint_stays_in_front_of_what_a_lost_node_had) {
  start_sandbox(
    {"--create-tables", "--fault=latency=300ms", "--dedup-window=10min"});
  // Slow, so that it has rows when it goes.
  start_node({"--dispatch.max-in-flight=1", "--batch.max-rows=1000"});
  auto file = files.write("rows", numbers(0, 100'000));
  auto send = command({"--table=ds.t", "--checkpoint=" + files.path("state"),
                       "--give-up=1s", file});
  process sender{send};
  wait_for_rows("ds.t", 5'000);
  node->signal(SIGKILL);
  node->wait();
  EXPECT_EQ(sender.wait(), 69);
  start_node();
  send[1] = "--to=" + to_node();
  EXPECT_EQ(run(send), 0) << errors;
  auto there = values("t");
  EXPECT_EQ(there.size(), 100'000u);
  for (auto& [n, times] : there)
    EXPECT_EQ(times, 1) << n;
}
