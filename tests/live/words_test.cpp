// What the service says where nobody has written down yet what it says.

#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "http/compressor.hpp"
#include "tests/live/live_stage.hpp"

using namespace bqs::live;

namespace {

constexpr auto fields
  = R"({"name":"i","type":"INTEGER"},{"name":"s","type":"STRING"},)"
    R"({"name":"f","type":"FLOAT"},{"name":"b","type":"BOOLEAN"},)"
    R"({"name":"by","type":"BYTES"},{"name":"nu","type":"NUMERIC"},)"
    R"({"name":"d","type":"DATE"},{"name":"t","type":"TIME"},)"
    R"({"name":"dt","type":"DATETIME"},{"name":"ts","type":"TIMESTAMP"},)"
    R"({"name":"l","type":"INTEGER","mode":"REPEATED"},)"
    R"({"name":"j","type":"JSON"},)"
    R"({"name":"r","type":"RECORD","fields":[{"name":"a","type":"INTEGER"}]})";

struct wording {
  const char* title;
  /// What is in `json`.
  const char* row;
};

constexpr wording wordings[] = {
  {"a row that fits", R"({"i":0})"},
  {"bad INTEGER", R"({"i":"x"})"},
  {"INTEGER with a fraction", R"({"i":1.5})"},
  {"bad FLOAT", R"({"f":"x"})"},
  {"bad BOOLEAN", R"({"b":"maybe"})"},
  {"bad BYTES", R"({"by":"*"})"},
  {"bad NUMERIC", R"({"nu":"x"})"},
  {"NUMERIC with too many digits", R"({"nu":"0.12345678901"})"},
  {"bad DATE", R"({"d":"2026-02-30"})"},
  {"bad TIME", R"({"t":"25:00:00"})"},
  {"bad DATETIME", R"({"dt":"yesterday"})"},
  {"bad TIMESTAMP", R"({"ts":"yesterday"})"},
  {"object into STRING", R"({"s":{"a":1}})"},
  {"array into STRING", R"({"s":["a"]})"},
  {"scalar into RECORD", R"({"r":5})"},
  {"scalar into REPEATED", R"({"l":5})"},
  {"null inside an array", R"({"l":[1,null]})"},
  {"REPEATED absent", R"({"i":1})"},
  {"REPEATED null", R"({"i":2,"l":null})"},
  {"JSON as an object", R"({"i":3,"j":{"a":1}})"},
  {"JSON as a text", R"({"i":4,"j":"{\"a\":1}"})"},
  {"JSON as a text that is none", R"({"i":5,"j":"{"})"},
  {"a field that is not there", R"({"nothing":1})"},
  {"a field twice", R"({"i":1,"i":2})"},
  {"a number out of every range", R"({"f":1e400})"},
};

std::string one_row(const std::string& members) {
  return R"({"rows":[{)" + members + "}]}";
}

std::string repeated(const std::string& row, int times) {
  std::string result = R"({"rows":[)";
  for (auto i = 0; i < times; ++i)
    result += (i > 0 ? "," : "") + row;
  return result + "]}";
}

struct words : live_stage {
  words() {
    report << "# What " << here().given().bigquery.endpoint << " says\n\n"
           << here().project() << ':' << here().address_of(table) << '\n';
  }

  /// Sends a request and writes down what came back.
  void note(const std::string& title, const std::string& shown,
            const std::string& body,
            const bqs::http::connection::headers& more = {}) {
    report << "\n## " << title << "\n\nSent: `" << shown << "`\n\n";
    try {
      auto answer = here().insert(table, body, more);
      ++answered;
      refused = answer.status != 200
                || answer.body.find("insertErrors") != std::string::npos;
      report << "    " << answer.status << '\n';
      if (!answer.retry_after.empty()) {
        report << "    Retry-After: " << answer.retry_after << '\n';
        ++retry_afters;
      }
      std::istringstream lines{answer.body};
      for (std::string line; std::getline(lines, line);)
        report << "    " << line << '\n';
    } catch (const std::runtime_error& why) {
      report << "    " << why.what() << '\n'; // that is an answer, too
    }
    ++cases;
  }

  std::string table = here().make_table("words", fields);
  std::ofstream report{here().directory() + "/words.md"};
  int cases = 0;
  int answered = 0;
  /// The last one.
  bool refused = false;
  int retry_afters = 0;
};

} // namespace

TEST_F(words, are_written_down) {
  auto charge = [](std::size_t bytes) {
    bill more;
    more.add_row(bytes);
    here().charge(more);
  };
  for (auto& x : wordings) {
    charge(64);
    note(x.title, x.row, one_row(R"("json":)" + std::string{x.row}));
    if (&x == &wordings[0]) {
      EXPECT_FALSE(refused) << "a row that fits";
    }
  }
  charge(64);
  note(
    "an insert id of 129 characters", R"({"insertId":"x…","json":{"i":6}})",
    one_row(R"("insertId":")" + std::string(129, 'x') + R"(","json":{"i":6})"));
  here().charge_rows("good\nbad\ngood\n");
  note("one bad row among good ones", R"({"i":7}, {"i":"x"}, {"i":8})",
       R"({"rows":[{"json":{"i":7}},{"json":{"i":"x"}},{"json":{"i":8}}]})");
  note("no rows", R"({"rows":[]})", R"({"rows":[]})");
  for (auto i = 0; i < 50'001; ++i)
    charge(2);
  note("too many rows", "50,001 rows", repeated(R"({"json":{}})", 50'001));
  auto large
    = repeated(R"({"json":{"s":")" + std::string(1u << 20, 'x') + R"("}})", 12);
  charge(2 * large.size());
  note("12 MiB", "12 rows of 1 MiB", large);
  note("12 MiB, a few KiB once packed", "12 rows of 1 MiB",
       std::string{bqs::http::compressor{}.gzip(large)},
       {{"Content-Encoding", "gzip"}});
  report << "\n## What is not asked\n\n"
            "* Quotas of rows in a second, and with them whether Retry-After "
            "ever\n  comes: that would take more rows than anybody wants to "
            "pay for.\n  Retry-After came with "
         << retry_afters << " of the answers above.\n"
         << "* The table held "
         << here()
              .query("SELECT COUNT(*) FROM `" + here().project() + "."
                     + here().address_of(table) + "`")
              .at(0)
         << " rows in the end.\n";
  EXPECT_EQ(cases, std::ssize(wordings) + 6);
  // What is too large may be cut off.
  EXPECT_GE(answered, cases - 3);
  std::cout << cases << " answers are written down" << std::endl;
}
