#include "sandbox/server.hpp"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>
#include <httplib.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;
using test::json;
using test::scratch_directory;

const char* const base = "/bigquery/v2/projects/p";
const char* const insert_path
  = "/bigquery/v2/projects/p/datasets/ds/tables/t/insertAll";
const char* const fields
  = R"([{"name":"id","type":"INTEGER"},{"name":"name","type":"STRING"}])";

options on_free_port() {
  options o;
  o.port = 0;
  return o;
}

/// Returns a body of `n` rows with insert ids from `first` on.
std::string body_of(int n, int first = 0) {
  std::string result = R"({"rows":[)";
  for (auto i = first; i < first + n; ++i)
    result += (i > first ? "," : "") + std::string{R"({"insertId":"id-)"}
              + std::to_string(i) + R"(","json":{"id":)" + std::to_string(i)
              + "}}";
  return result + "]}";
}

struct client : httplib::Client {
  explicit client(const server& s) : httplib::Client("127.0.0.1", s.port()) {
    set_keep_alive(true);
    set_tcp_nodelay(true);
    set_read_timeout(60s);
  }

  httplib::Result insert(const std::string& body) {
    return Post(insert_path, body, "application/json");
  }
};

TEST(server, a_full_walk) {
  server uut{on_free_port()};
  client http{uut};
  auto post = [&](const std::string& path, const std::string& body) {
    auto x = http.Post(base + path, body, "application/json");
    EXPECT_TRUE(x) << path;
    return x ? json::parse(x->body) : json{};
  };
  post("/datasets", R"({"datasetReference":{"datasetId":"ds"}})");
  post("/datasets/ds/tables",
       R"({"tableReference":{"tableId":"t"},"schema":{"fields":)"
         + std::string{fields} + "}}");
  EXPECT_FALSE(post("/datasets/ds/tables/t/insertAll", body_of(10))
                 .contains("insertErrors"));
  EXPECT_EQ(uut.count_rows("ds", "t"), 10u);
  auto partial = post("/datasets/ds/tables/t/insertAll",
                      R"({"rows":[{"json":{"id":1}},{"json":{"id":"x"}}]})");
  EXPECT_EQ(partial["insertErrors"][0]["index"], 1);
  EXPECT_EQ(partial["insertErrors"][0]["errors"][0]["location"], "id");
  EXPECT_EQ(partial["insertErrors"][1]["errors"][0]["reason"], "stopped");
  auto patched
    = http.Patch("/projects/p/datasets/ds/tables/t",
                 R"({"schema":{"fields":[{"name":"id","type":"INTEGER"},
                   {"name":"name","type":"STRING"},
                   {"name":"extra","type":"STRING","mode":"REPEATED"}]}})",
                 "application/json");
  ASSERT_TRUE(patched);
  EXPECT_EQ(patched->status, 200) << patched->body;
  post("/datasets/ds/tables/t/insertAll",
       R"({"rows":[{"json":{"id":99,"extra":["e"]}}]})");
  auto list = http.Get("/bigquery/v2/projects/p/datasets/ds/tables/t/"
                       "data?startIndex=9&prettyPrint=false&unknown=1");
  ASSERT_TRUE(list);
  auto rows = json::parse(list->body)["rows"];
  EXPECT_EQ(rows.dump(), R"([{"f":[{"v":"9"},{"v":null},{"v":[]}]},)"
                         R"({"f":[{"v":"99"},{"v":null},{"v":[{"v":"e"}]}]}])");
  auto gone
    = http.Delete(base + std::string{"/datasets/ds?deleteContents=true"});
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->status, 204);
  EXPECT_EQ(http.insert(body_of(1))->status, 404);
  EXPECT_EQ(uut.count_rows("ds", "t"), 0u);
}

TEST(server, queries_as_recorded_clients_ask_them) {
  server uut{on_free_port()};
  uut.create_table("ds", "t", fields);
  client http{uut};
  http.insert(body_of(3));
  auto post = [&](const std::string& path, const std::string& body) {
    auto x
      = http.Post(base + path + "?prettyPrint=false", body, "application/json");
    EXPECT_TRUE(x && x->status == 200) << path;
    return x ? json::parse(x->body) : json{};
  };
  auto get = [&](const std::string& path) {
    auto x = http.Get(base + path + "&prettyPrint=false");
    EXPECT_TRUE(x && x->status == 200) << path;
    return x ? json::parse(x->body) : json{};
  };
  auto one = R"([{"f":[{"v":"1"}]}])";
  // Node: query, then with a parameter, then a job.
  auto x = post("/queries", R"({"formatOptions":{"useInt64Timestamp":true},
    "query":"SELECT 1 AS n","useLegacySql":false,"requestId":"a"})");
  EXPECT_EQ(x["rows"].dump(), one);
  x = post("/queries", R"({"location":"US",
    "formatOptions":{"useInt64Timestamp":true},"query":"SELECT @a AS n",
    "useLegacySql":false,"requestId":"b","queryParameters":[
    {"parameterType":{"type":"INT64"},"parameterValue":{"value":5},
     "name":"a"}],"parameterMode":"named"})");
  EXPECT_EQ(x["rows"][0]["f"][0]["v"], "5");
  post("/jobs", R"({"configuration":{"query":{"useLegacySql":false,
    "query":"SELECT 1 AS n"}},"jobReference":{"projectId":"p","jobId":"n",
    "location":"US"}})");
  x = get("/queries/n?location=US&formatOptions.useInt64Timestamp=true");
  EXPECT_EQ(x["rows"].dump(), one);
  // Python: a job, whether it is done, its rows.
  post("/jobs", R"({"jobReference": {"jobId": "py", "projectId": "p"},
    "configuration": {"query": {"useLegacySql": false,
    "query": "SELECT COUNT(*) AS n FROM `p.ds.t`"}}})");
  x = get("/queries/py?maxResults=0&location=US");
  EXPECT_EQ(x["jobComplete"], true);
  EXPECT_EQ(x["totalRows"], "1");
  x = get("/queries/py?fields=jobReference,totalRows,pageToken,rows&"
          "location=US&formatOptions.useInt64Timestamp=True");
  EXPECT_EQ(x["rows"][0]["f"][0]["v"], "3");
  // Python with api_method="QUERY".
  x = post("/queries", R"({"useLegacySql": false, "formatOptions":
    {"useInt64Timestamp": true}, "query": "SELECT 1 AS n",
    "requestId": "c"})");
  auto id = x["jobReference"]["jobId"].get<std::string>();
  x = get("/jobs/" + id + "?projection=full&location=US");
  EXPECT_EQ(x["status"]["state"], "DONE");
  // Go: a job, its schema, its rows as those of a table.
  auto made = post("/jobs", R"({"configuration":{"query":{
    "query":"SELECT 1 AS n","useLegacySql":false}},
    "jobReference":{"jobId":"go","projectId":"p"}})");
  x = get("/queries/go?alt=json&location=US&maxResults=0");
  EXPECT_EQ(x["schema"]["fields"][0]["name"], "n");
  auto table = made["configuration"]["query"]["destinationTable"];
  x = get("/datasets/" + table["datasetId"].get<std::string>() + "/tables/"
          + table["tableId"].get<std::string>()
          + "/data?alt=json&startIndex=0");
  EXPECT_EQ(x["rows"].dump(), one);
}

TEST(server, takes_gzip_and_bounds_what_comes_out) {
  auto o = on_free_port();
  o.limits.hard_body_bytes = 12u << 20;
  server uut{o};
  uut.create_table("ds", "t", fields);
  client http{uut};
  http.set_compress(true);
  auto x = http.insert(body_of(1'000));
  ASSERT_TRUE(x);
  EXPECT_EQ(x->status, 200) << x->body;
  EXPECT_EQ(uut.count_rows("ds", "t"), 1'000u);
  x = http.insert(std::string(11u << 20, ' '));
  ASSERT_TRUE(x);
  EXPECT_EQ(x->status, 400);
  x = http.insert(std::string(40u << 20, ' '));
  ASSERT_TRUE(x);
  EXPECT_EQ(x->status, 413);
}

TEST(server, has_the_limits_of_the_service) {
  server uut{on_free_port()};
  uut.create_table("ds", "t", fields);
  client http{uut};
  auto rows = [](std::size_t n) {
    std::string result = R"({"rows":[)";
    for (std::size_t i = 0; i < n; ++i)
      result += i > 0 ? R"(,{"json":{"id":1}})" : R"({"json":{"id":1}})";
    return result + "]}";
  };
  EXPECT_EQ(http.insert(rows(50'000))->status, 200);
  auto many = http.insert(rows(50'001));
  EXPECT_EQ(many->status, 400);
  EXPECT_NE(many->body.find("too many rows present in the request"),
            std::string::npos);
  auto fitting = body_of(1);
  fitting.append(10'485'760 - fitting.size(), ' ');
  EXPECT_EQ(http.insert(fitting)->status, 200);
  auto large = http.insert(fitting + ' ');
  EXPECT_EQ(large->status, 400);
  EXPECT_NE(large->body.find("Request payload size exceeds the limit: 10485760 "
                             "bytes."),
            std::string::npos);
  auto huge = http.insert(std::string((32u << 20) + 1, ' '));
  // A client that does not read while it writes may miss the answer.
  EXPECT_TRUE(!huge || huge->status == 413);
  EXPECT_EQ(uut.count_rows("ds", "t"), 50'001u);
}

TEST(server, keeps_everything_over_a_restart) {
  scratch_directory scratch;
  auto o = on_free_port();
  o.data = scratch.path();
  {
    server uut{o};
    uut.create_table("ds", "t", fields);
    EXPECT_EQ(client{uut}.insert(body_of(100))->status, 200);
  }
  server uut{o};
  EXPECT_EQ(uut.count_rows("ds", "t"), 100u);
  EXPECT_EQ(client{uut}.insert(body_of(100, 100))->status, 200);
  auto stored = count_stored(scratch.path());
  EXPECT_EQ(stored["ds.t"].rows, 200u);
  EXPECT_EQ(stored["ds.t"].distinct_insert_ids, 200u);
  EXPECT_EQ(stored["ds.t"].without_insert_id, 0u);
}

TEST(server, a_kill_loses_no_acknowledged_row) {
  scratch_directory scratch;
  int ports[2];
  ASSERT_EQ(::pipe(ports), 0);
  auto child = ::fork();
  if (child == 0) {
    auto o = on_free_port();
    o.data = scratch.path();
    server uut{o};
    uut.create_table("ds", "t", fields);
    auto port = uut.port();
    if (::write(ports[1], &port, sizeof(port)) == sizeof(port))
      ::pause();
    ::_exit(1);
  }
  std::uint16_t port = 0;
  ASSERT_EQ(::read(ports[0], &port, sizeof(port)), ssize_t{sizeof(port)});
  httplib::Client http{"127.0.0.1", port};
  http.set_tcp_nodelay(true);
  http.set_keep_alive(true);
  for (auto i = 0; i < 50; ++i)
    ASSERT_EQ(
      http.Post(insert_path, body_of(10, i * 10), "application/json")->status,
      200);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ports[0]);
  ::close(ports[1]);
  EXPECT_EQ(count_stored(scratch.path())["ds.t"].distinct_insert_ids, 500u);
}

TEST(server, serves_two_hundred_keep_alive_clients) {
  server uut{on_free_port()};
  uut.create_table("ds", "t", fields);
  constexpr auto clients = 200;
  constexpr auto requests = 5;
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (auto i = 0; i < clients; ++i)
    threads.emplace_back([&, i] {
      client http{uut};
      for (auto j = 0; j < requests; ++j) {
        auto x = http.insert(body_of(10, (i * requests + j) * 10));
        if (x && x->status == 200)
          ++good;
      }
    });
  for (auto& x : threads)
    x.join();
  EXPECT_EQ(good, clients * requests);
  EXPECT_EQ(uut.count_rows("ds", "t"), clients * requests * 10u);
  EXPECT_EQ(uut.ledger()["ds.t"].committed, clients * requests * 10u);
}

TEST(server, idle_clients_do_not_keep_others_waiting) {
  server uut{on_free_port()};
  uut.create_table("ds", "t", fields);
  std::vector<std::unique_ptr<client>> idle;
  for (auto i = 0; i < 200; ++i) {
    idle.push_back(std::make_unique<client>(uut));
    ASSERT_TRUE(idle.back()->Get("/sandbox/ledger"));
  }
  EXPECT_EQ(client{uut}.insert(body_of(1))->status, 200);
  uut.stop();
}

TEST(server, faults_come_from_options_and_live) {
  auto o = on_free_port();
  o.faults.push_back(std::get<fault>(parse_fault("status=503,count=1")));
  server uut{o};
  uut.create_table("ds", "t", fields);
  client http{uut};
  EXPECT_EQ(http.insert(body_of(1))->status, 503);
  EXPECT_EQ(http.insert(body_of(1))->status, 200);
  auto set
    = http.Post("/sandbox/faults", R"(["latency=30ms"])", "application/json");
  EXPECT_EQ(set->status, 200);
  auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(http.insert(body_of(1, 1))->status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 30ms);
  uut.set_faults({std::get<fault>(parse_fault("reset=before,count=1")),
                  std::get<fault>(parse_fault("reset=after,count=1"))});
  EXPECT_FALSE(http.insert(body_of(1, 2)));
  EXPECT_EQ(uut.ledger()["ds.t"].committed, 2u);
  EXPECT_FALSE(http.insert(body_of(1, 2)));
  EXPECT_EQ(uut.ledger()["ds.t"].committed, 3u);
  EXPECT_EQ(http.insert(body_of(1, 2))->status, 200);
  EXPECT_EQ(uut.ledger()["ds.t"].deduplicated, 1u);
}

TEST(server, tokens_are_revoked_live) {
  auto o = on_free_port();
  o.require_token = "one";
  server uut{o};
  uut.create_table("ds", "t", fields);
  client http{uut};
  http.set_bearer_token_auth("one");
  EXPECT_EQ(http.insert(body_of(1))->status, 200);
  uut.accept_only({"two"});
  auto refused = http.insert(body_of(1));
  EXPECT_EQ(refused->status, 401);
  EXPECT_TRUE(refused->has_header("WWW-Authenticate"));
  http.set_bearer_token_auth("two");
  EXPECT_EQ(http.insert(body_of(1, 1))->status, 200);
  uut.accept_any();
  http.set_bearer_token_auth("three");
  EXPECT_EQ(http.insert(body_of(1, 2))->status, 200);
}

TEST(server, several_live_side_by_side) {
  server one{on_free_port()};
  server two{on_free_port()};
  EXPECT_NE(one.port(), two.port());
  one.create_table("ds", "t", fields);
  EXPECT_EQ(client{one}.insert(body_of(1))->status, 200);
  EXPECT_EQ(client{two}.insert(body_of(1))->status, 404);
}

TEST(server, stops_in_the_middle_of_latency) {
  auto o = on_free_port();
  o.faults.push_back(std::get<fault>(parse_fault("latency=3600s")));
  auto uut = std::make_unique<server>(o);
  uut->create_table("ds", "t", fields);
  std::thread other{[port = uut->port()] {
    httplib::Client http{"127.0.0.1", port};
    http.set_tcp_nodelay(true);
    http.set_read_timeout(60s);
    EXPECT_FALSE(http.Post(insert_path, body_of(1), "application/json"));
  }};
  uut.reset();
  other.join();
}

TEST(server, says_in_one_line_why_it_cannot_start) {
  auto words = [](options o) -> std::string {
    try {
      server uut{std::move(o)};
      return "";
    } catch (const std::runtime_error& x) {
      return x.what();
    }
  };
  server first{on_free_port()};
  auto o = on_free_port();
  o.port = first.port();
  EXPECT_NE(words(o).find(std::to_string(o.port)), std::string::npos);
  o = on_free_port();
  o.address = "0.0.0.0";
  EXPECT_NE(words(o).find("0.0.0.0: not a loopback address"),
            std::string::npos);
  o = on_free_port();
  o.data = "/proc/nowhere";
  EXPECT_NE(words(o).find("/proc/nowhere"), std::string::npos);
  EXPECT_THROW(count_stored("/proc/nowhere"), std::runtime_error);
}

TEST(server, tables_are_made_by_code_in_the_words_of_the_service) {
  server uut{on_free_port()};
  uut.create_table("ds", "t", fields);
  EXPECT_THROW(uut.create_table("ds", "t", fields), std::runtime_error);
  EXPECT_THROW(uut.create_table("ds", "u", "nonsense"), std::runtime_error);
  EXPECT_THROW(uut.create_table("d-s", "t", fields), std::runtime_error);
}

TEST(server, survives_hostile_bodies) {
  server uut{on_free_port()};
  uut.create_table("ds", "t", fields);
  client http{uut};
  std::string bodies[] = {
    "",
    "null",
    "[]",
    "\"\"",
    "{\"rows\":[null]}",
    "{\"rows\":[[]]}",
    "{\"rows\":[{\"json\":[]}]}",
    "{\"rows\":[{\"json\":\"x\"}]}",
    "{\"rows\":\"x\"}",
    "\xff\xfe",
    std::string(1'000, '\0'),
    std::string(2'000'000, '['),
    R"({"rows":[{"json":{"id":1}}]})"
    "x",
  };
  for (auto& body : bodies) {
    auto x = http.insert(body);
    ASSERT_TRUE(x) << body.substr(0, 50);
    EXPECT_EQ(x->status, 400) << body.substr(0, 50);
    EXPECT_EQ(json::parse(x->body)["error"]["code"], 400);
  }
  EXPECT_EQ(http.insert(body_of(1))->status, 200);
}

} // namespace
