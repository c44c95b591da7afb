#include "sandbox/query_engine.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::endpoint;
using test::json;

/// Two small tables, and what is in them.
struct query_test : testing::Test {
  query_test() {
    e.make_table(R"([{"name":"id","type":"INTEGER"},
      {"name":"Name","type":"STRING"},{"name":"f","type":"FLOAT"},
      {"name":"ok","type":"BOOLEAN"},{"name":"ts","type":"TIMESTAMP"},
      {"name":"d","type":"DATE"},{"name":"num","type":"NUMERIC"},
      {"name":"tags","type":"STRING","mode":"REPEATED"},
      {"name":"rec","type":"RECORD","fields":[{"name":"x","type":"INTEGER"}]},
      {"name":"j","type":"JSON"}])");
    store(R"({"id":1,"name":"ann","f":1.5,"ok":true,
      "ts":"2026-01-02T03:04:05.5Z","d":"2026-01-02","num":"10.5",
      "tags":["a","b"],"rec":{"x":7},"j":"{\"a\":1}"})");
    store(R"({"id":2,"name":"Bob","f":2,"ok":false,
      "ts":"2026-01-02T03:04:05Z","d":"2026-01-03","num":"9.25"})");
    store(R"({"id":3,"name":"ann","f":-1e3})");
    store(R"({})");
    e.call("POST", "/projects/p/datasets/ds/tables",
           R"({"tableReference":{"tableId":"u-1"},"schema":{"fields":[
             {"name":"id","type":"INTEGER"},{"name":"city","type":"STRING"}]}})");
    auto x = e.insert(R"({"rows":[{"json":{"id":1,"city":"Rome"}},
      {"json":{"id":1,"city":"Oslo"}},{"json":{"id":9,"city":"\u00c4"}}]})",
                      "u-1");
    if (x.status != 200 || x.body.find("insertErrors") != std::string::npos)
      throw std::runtime_error(x.body);
    context.project = "p";
    context.now = 1'767'323'045'500'000; // 2026-01-02T03:04:05.5Z
  }

  void store(const std::string& row) {
    auto x = e.insert(R"({"rows":[{"json":)" + row + "}]}");
    if (x.status != 200 || x.body.find("insertErrors") != std::string::npos)
      throw std::runtime_error(x.body);
  }

  /// Returns the rows, or what is wrong.
  std::string run(const std::string& text) {
    try {
      auto x = engine.run(text, context, false);
      std::string result;
      for (auto& row : x.rows)
        result += (result.empty() ? "" : " ") + row;
      return result;
    } catch (const refusal& why) {
      return why.reason + ": " + why.message;
    }
  }

  /// Returns `NAME TYPE` of all columns.
  std::string shape(const std::string& text) {
    std::string result;
    for (auto& x : engine.run(text, context, true).fields)
      result += (result.empty() ? "" : ", ") + x["name"].get<std::string>()
                + " " + x["type"].get<std::string>()
                + (x["mode"] == "REPEATED" ? "[]" : "");
    return result;
  }

  endpoint e;
  sql::query_context context;
  query_engine engine{e.answers.all, e.answers.rows};
};

TEST_F(query_test, stored_rows_that_are_no_json_are_not_quoted) {
  auto table = e.answers.all.find("ds", "t");
  new_row row{{}, R"({"j":"topsecret)"};
  e.answers.rows.append(table->rows_table, {&row, 1}, 0);
  for (auto text : {"SELECT j FROM ds.t", "SELECT id FROM ds.t",
                    "SELECT tags FROM ds.t", "SELECT rec FROM ds.t"})
    EXPECT_EQ(run(text), "invalidQuery: A stored row is not JSON") << text;
}

struct question {
  const char* text;
  const char* answer;
};

TEST_F(query_test, answers) {
  const question all[] = {
    {"SELECT 1 AS n", R"({"n":1})"},
    {"select 1, 'x', 2 a;", R"({"f0_":1,"f1_":"x","a":2})"},
    {"SELECT COUNT(*) FROM ds.t", R"({"f0_":4})"},
    {"SELECT COUNT(*) AS n FROM `p.ds.t`", R"({"n":4})"},
    {"SELECT COUNT(*) AS n FROM `p`.ds.`t` AS x", R"({"n":4})"},
    {"SELECT COUNT(*) AS n FROM my-project-1.ds.t", R"({"n":4})"},
    {"SELECT COUNT(*) AS n FROM `any.ds.u-1`", R"({"n":3})"},
    {"SELECT COUNT(id) a, COUNT(DISTINCT NAME) b FROM ds.t",
     R"({"a":3,"b":2})"},
    {"SELECT id FROM ds.t ORDER BY id", R"({} {"id":1} {"id":2} {"id":3})"},
    {"SELECT id FROM ds.t ORDER BY id DESC LIMIT 2 OFFSET 1",
     R"({"id":2} {"id":1})"},
    {"SELECT id FROM ds.t ORDER BY id NULLS LAST LIMIT 1", R"({"id":1})"},
    {"SELECT name, SUM(id) AS s, AVG(f) FROM ds.t WHERE id > 0 "
     "GROUP BY name ORDER BY s",
     R"({"name":"Bob","s":2,"f0_":2} {"name":"ann","s":4,"f0_":-499.25})"},
    {"SELECT LOWER(name) l, COUNT(*) FROM ds.t GROUP BY 1 HAVING COUNT(*) > 1",
     R"({"l":"ann","f0_":2})"},
    {"SELECT id FROM ds.t WHERE name = 'ANN'", ""},
    {"SELECT id FROM ds.t WHERE name = \"ann\" AND ok", R"({"id":1})"},
    {"SELECT id FROM ds.t WHERE name LIKE 'a%' AND NOT name LIKE 'A%'",
     R"({"id":1} {"id":3})"},
    {"SELECT id FROM ds.t WHERE name LIKE '_o_'", R"({"id":2})"},
    {"SELECT id FROM ds.t WHERE id IN (1, 3, NULL)", R"({"id":1} {"id":3})"},
    {"SELECT id FROM ds.t WHERE id NOT IN (1, NULL)", ""},
    {"SELECT id FROM ds.t WHERE id BETWEEN 2 AND 3.0", R"({"id":2} {"id":3})"},
    {"SELECT id FROM ds.t WHERE ts > '2026-01-02 03:04:05'", R"({"id":1})"},
    {"SELECT id FROM ds.t WHERE ts >= TIMESTAMP '2026-01-02T04:04:05.5+01:00'",
     R"({"id":1})"},
    {"SELECT id FROM ds.t WHERE d < DATE '2026-01-03'", R"({"id":1})"},
    {"SELECT id FROM ds.t WHERE num > 9.5", R"({"id":1})"},
    {"SELECT id, num FROM ds.t WHERE num IS NOT NULL ORDER BY num",
     R"({"id":2,"num":"9.25"} {"id":1,"num":"10.5"})"},
    {"SELECT MAX(num) m, MIN(ts) t FROM ds.t",
     R"({"m":"10.5","t":"2026-01-02T03:04:05Z"})"},
    {"SELECT rec.x, t.rec.X AS y, ARRAY_LENGTH(tags) n FROM ds.t WHERE id < 3 "
     "ORDER BY id",
     R"({"x":7,"y":7,"n":2} {"n":0})"},
    {"SELECT COUNT(tags) a, COUNT(rec) b FROM ds.t", R"({"a":4,"b":1})"},
    {"SELECT ARRAY_LENGTH(tags) n FROM `ds.u-1` u LEFT JOIN ds.t USING (id) "
     "WHERE city != 'Oslo' ORDER BY id",
     R"({"n":2} {})"},
    {"SELECT tags, rec, j FROM ds.t WHERE id = 1",
     R"({"tags":["a","b"],"rec":{"x":7},"j":"{\"a\":1}"})"},
    {"SELECT * EXCEPT (Name, f, ok, ts, d, num, tags, rec, j) FROM ds.t "
     "LIMIT 1",
     R"({"id":1})"},
    {"SELECT t.id, u.* EXCEPT (id) FROM ds.t AS t JOIN `ds.u-1` u "
     "ON t.id = u.id ORDER BY city",
     R"({"id":1,"city":"Oslo"} {"id":1,"city":"Rome"})"},
    {"SELECT id, city FROM ds.t LEFT JOIN `ds.u-1` USING (id) "
     "WHERE id > 1 ORDER BY id",
     R"({"id":2} {"id":3})"},
    {"SELECT COUNT(*) n FROM ds.t, `ds.u-1` u", R"({"n":12})"},
    {"WITH a AS (SELECT id FROM ds.t WHERE id > 1) "
     "SELECT x.id, y.id AS other FROM a x JOIN a y ON x.id < y.id",
     R"({"id":2,"other":3})"},
    {"SELECT n + 1 m FROM (SELECT MAX(id) AS n FROM ds.t)", R"({"m":4})"},
    {"SELECT id FROM ds.t WHERE id = (SELECT MAX(id) FROM ds.t)",
     R"({"id":3})"},
    {"SELECT id FROM ds.t WHERE id IN (SELECT id FROM `ds.u-1`)",
     R"({"id":1})"},
    {"SELECT EXISTS (SELECT 1 FROM ds.t WHERE id = 8) AS e", R"({"e":false})"},
    {"SELECT 1 AS n UNION ALL SELECT 1.5 ORDER BY n DESC",
     R"({"n":1.5} {"n":1})"},
    {"SELECT 1 AS n UNION DISTINCT SELECT 1", R"({"n":1})"},
    {"(SELECT 1 AS n UNION ALL SELECT 2) EXCEPT DISTINCT SELECT 2",
     R"({"n":1})"},
    {"SELECT DISTINCT name FROM ds.t ORDER BY name",
     R"({} {"name":"Bob"} {"name":"ann"})"},
    {"SELECT 7 / 2 a, DIV(7, 2) b, MOD(-7, 2) c, 1 + 2 * 3 d",
     R"({"a":3.5,"b":3,"c":-1,"d":7})"},
    {"SELECT 0.1 + 0.2 a, -9223372036854775808 b, 0xFF c",
     R"({"a":0.30000000000000004,"b":-9223372036854775808,"c":255})"},
    {"SELECT IF(TRUE, 1, 1 / 0) a", R"({"a":1})"},
    {"SELECT IF(FALSE, 1 / 0, 2) a, CASE WHEN 1 > 2 THEN 'x' ELSE 'y' END b",
     R"({"a":2,"b":"y"})"},
    {"SELECT CASE id WHEN 1 THEN 'one' WHEN 2 THEN 'two' END c FROM ds.t "
     "WHERE id < 3",
     R"({"c":"one"} {"c":"two"})"},
    {"SELECT COALESCE(name, '-') c FROM ds.t WHERE id IS NULL", R"({"c":"-"})"},
    {"SELECT NULLIF(1, 1) a, IFNULL(NULL, 2) b, NULL c", R"({"b":2})"},
    {"SELECT NULL = NULL a, NULL IS NULL b, 1 IS DISTINCT FROM NULL c",
     R"({"b":true,"c":true})"},
    {"SELECT SAFE_DIVIDE(1, 0) a, SAFE_DIVIDE(1, 4) b", R"({"b":0.25})"},
    {"SELECT CONCAT('a', 1, 'b') a, 'x' || 'y' b, SUBSTR('\\u00c4bc', 2) c",
     R"({"a":"a1b","b":"xy","c":"bc"})"},
    {"SELECT LENGTH(city) n, TRIM('  x ') t FROM `ds.u-1` WHERE id = 9",
     R"({"n":1,"t":"x"})"},
    {"SELECT COUNTIF(ok) a, COUNTIF(NOT ok) b FROM ds.t", R"({"a":1,"b":1})"},
    {"SELECT SUM(id) s, COUNT(*) n FROM ds.t WHERE FALSE", R"({"n":0})"},
    {"SELECT DATE(ts) day, COUNT(*) n FROM ds.t WHERE ts IS NOT NULL "
     "GROUP BY day",
     R"({"day":"2026-01-02","n":2})"},
    {"SELECT id FROM ds.t WHERE ts > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), "
     "INTERVAL 400 MILLISECOND)",
     R"({"id":1})"},
    {"SELECT TIMESTAMP_TRUNC(CURRENT_TIMESTAMP, HOUR) h, CURRENT_DATE() d, "
     "EXTRACT(DAYOFWEEK FROM DATE '2026-11-22') w, "
     "EXTRACT(YEAR FROM CURRENT_TIMESTAMP()) y",
     R"({"h":"2026-01-02T03:00:00Z","d":"2026-01-02","w":1,"y":2026})"},
    {"SELECT DATE_ADD(DATE '2024-02-28', INTERVAL 2 DAY) a, "
     "DATE_DIFF(DATE '2024-03-01', '2024-02-28', DAY) b, "
     "TIMESTAMP_DIFF('2024-01-01 00:00:59', '2024-01-01', MINUTE) c",
     R"({"a":"2024-03-01","b":2,"c":0})"},
    {"SELECT CAST('12' AS INT64) a, CAST(2.5 AS INT64) b, CAST(1 AS STRING) c, "
     "CAST(TRUE AS STRING) d, CAST(NULL AS STRING) e",
     R"({"a":12,"b":3,"c":"1","d":"true"})"},
    {"SELECT 'it''s' a",
     R"(invalidQuery: Syntax error: Expected end of input but got string literal at [1:12])"},
    {"SELECT r'\\d' a, '''x'y''' b, 'q\\'t' c -- end\n/* more */ # yes",
     R"({"a":"\\d","b":"x'y","c":"q't"})"},
    {"SELECT `name` FROM ds.t AS `T` WHERE `t`.`ID` = 2", R"({"name":"Bob"})"},
    {"SELECT id, id + 1 AS next FROM ds.t WHERE ok ORDER BY next + id",
     R"({"id":1,"next":2})"},
    {"SELECT name FROM ds.t GROUP BY name ORDER BY COUNT(*) DESC LIMIT 1",
     R"({"name":"ann"})"},
    {"SELECT GREATEST(1, 2.5) a, LEAST('b', 'a') b", R"({"a":2.5,"b":"a"})"},
  };
  for (auto& x : all)
    EXPECT_EQ(run(x.text), x.answer) << x.text;
}

TEST_F(query_test, refuses_as_the_service_does) {
  const question all[] = {
    {"", "invalidQuery: Syntax error: Expected keyword SELECT but got end of "
         "statement at [1:1]"},
    {"SELEC 1", "invalidQuery: Syntax error: Expected keyword SELECT but got "
                "identifier \"SELEC\" at [1:1]"},
    {"SELECT 1 +", "invalidQuery: Syntax error: Unexpected end of statement at "
                   "[1:11]"},
    {"SELECT 'x", "invalidQuery: Syntax error: Unclosed string literal at "
                  "[1:8]"},
    {"SELECT 1\nFROM",
     "invalidQuery: Syntax error: Unexpected end of statement "
     "at [2:5]"},
    {"SELECT zz FROM ds.t", "invalidQuery: Unrecognized name: zz at [1:8]"},
    {"SELECT a.id FROM ds.t", "invalidQuery: Unrecognized name: a at [1:8]"},
    {"SELECT t.zz FROM ds.t", "invalidQuery: Name zz not found inside t at "
                              "[1:8]"},
    {"SELECT rec.y FROM ds.t", "invalidQuery: Field name y does not exist in "
                               "STRUCT<x INT64> at [1:8]"},
    {"SELECT 1 FROM ds.nope",
     "notFound: Not found: Table p:ds.nope was not found in location US"},
    {"SELECT 1 FROM `q.nope.t`",
     "notFound: Not found: Dataset q:nope was not found in location US"},
    {"SELECT 1 FROM t", "invalid: Table \"t\" must be qualified with a dataset "
                        "(e.g. dataset.table)."},
    {"SELECT id = 'x' FROM ds.t",
     "invalidQuery: No matching signature for "
     "operator = for argument types: INT64, STRING "
     "at [1:11]"},
    {"SELECT 1 FROM ds.t WHERE 1", "invalidQuery: WHERE clause should return "
                                   "type BOOL, but returns type INT64 at "
                                   "[1:26]"},
    {"SELECT id FROM ds.t WHERE COUNT(*) > 1",
     "invalidQuery: Aggregate function COUNT not allowed in WHERE clause at "
     "[1:27]"},
    {"SELECT id, COUNT(*) FROM ds.t",
     "invalidQuery: SELECT list expression references column id which is "
     "neither grouped nor aggregated at [1:8]"},
    {"SELECT id FROM ds.t GROUP BY name",
     "invalidQuery: SELECT list expression references column id which is "
     "neither grouped nor aggregated at [1:8]"},
    {"SELECT id FROM ds.t, `ds.u-1`",
     "invalidQuery: Column name id is ambiguous at [1:8]"},
    {"SELECT 1 a, 2 A",
     "invalidQuery: Duplicate column names in the result are "
     "not supported. Found duplicate(s): A"},
    {"SELECT 1 / 0", "invalidQuery: division by zero"},
    {"SELECT 9223372036854775807 + 1",
     "invalidQuery: int64 overflow: 9223372036854775807 + 1"},
    {"SELECT 9223372036854775808",
     "invalidQuery: Invalid integer literal: 9223372036854775808 at [1:8]"},
    {"SELECT CAST('x' AS INT64)", "invalidQuery: Bad int64 value: x"},
    {"SELECT @a", "invalidQuery: Query parameter 'a' not found at [1:8]"},
    {"SELECT DATE '2026-13-01'", "invalidQuery: Invalid DATE literal at [1:8]"},
    {"SELECT id FROM ds.t WHERE d = 'x'",
     "invalidQuery: Could not cast literal \"x\" to type DATE at [1:31]"},
    {"SELECT 1 UNION SELECT 2", "invalidQuery: Syntax error: Expected keyword "
                                "DISTINCT but got keyword SELECT at [1:16]"},
    {"SELECT COUNT(*)", "invalidQuery: Query without FROM clause cannot use "
                        "aggregation at [1:1]"},
    {"SELECT 1 WHERE FALSE", "invalidQuery: Query without FROM clause cannot "
                             "have a WHERE clause at [1:16]"},
    {"SELECT TIMESTAMP '1e-5'",
     "invalidQuery: Invalid TIMESTAMP literal at [1:8]"},
    {"SELECT 1; SELECT 2", "invalidQuery: The sandbox cannot run scripts of "
                           "several statements at [1:11]"},
  };
  for (auto& x : all)
    EXPECT_EQ(run(x.text), x.answer) << x.text;
}

TEST_F(query_test, refuses_what_it_is_not_sure_of) {
  const char* const all[] = {
    "INSERT INTO ds.t (id) VALUES (1)",
    "DELETE FROM ds.t WHERE TRUE",
    "CREATE TABLE ds.x (a INT64)",
    "SELECT id FROM ds.t QUALIFY TRUE",
    "SELECT SUM(id) OVER () FROM ds.t",
    "SELECT [1, 2]",
    "SELECT (1, 2)",
    "SELECT STRUCT(1)",
    "SELECT tag FROM ds.t, UNNEST(tags) tag",
    "SELECT tag FROM ds.t, t.tags tag",
    "SELECT t FROM ds.t",
    "SELECT b'x'",
    "SELECT @@version",
    "SELECT id & 1 FROM ds.t",
    "SELECT REGEXP_CONTAINS(name, 'a') FROM ds.t",
    "SELECT SAFE.SUBSTR('a', 1)",
    "SELECT SAFE_CAST('a' AS INT64)",
    "SELECT num + 1 FROM ds.t",
    "SELECT SUM(num) FROM ds.t",
    "SELECT rec = rec FROM ds.t",
    "SELECT tags IS NULL FROM ds.t",
    "SELECT id FROM ds.t ORDER BY rec",
    "SELECT tags[0] FROM ds.t",
    "SELECT j.a FROM ds.t",
    "SELECT DISTINCT rec FROM ds.t",
    "SELECT UPPER(city) FROM `ds.u-1`",
    "SELECT (SELECT id FROM ds.t)",
    "SELECT id FROM ds.t WHERE EXISTS (SELECT 1 FROM `ds.u-1` u WHERE id=t.ok)",
    "SELECT * FROM ds.t FULL JOIN `ds.u-1` USING (id)",
    "SELECT * FROM ds.INFORMATION_SCHEMA.TABLES",
    "SELECT * FROM `ds.t_*`",
    "SELECT * FROM ds.t FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()",
    "WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a",
    "SELECT _PARTITIONTIME FROM ds.t",
    "SELECT CURRENT_DATE('Europe/Rome')",
    "SELECT TIMESTAMP '2026-01-01 00:00:00 Europe/Rome'",
    "SELECT STRING_AGG(name) FROM ds.t",
    "SELECT COUNT(DISTINCT id, name) FROM ds.t",
    "FROM ds.t |> SELECT id",
    "SELECT load_extension('x')",
    "SELECT sqlite_version()",
    "SELECT id FROM sqlite_master",
    "PRAGMA database_list",
    "ATTACH 'x' AS y",
  };
  for (auto text : all) {
    auto x = run(text);
    EXPECT_TRUE(x.starts_with("invalid")) << text << "\n" << x;
    EXPECT_TRUE(x.find("The sandbox cannot run") != std::string::npos
                || x.find("Syntax error") != std::string::npos
                || x.find("must be qualified") != std::string::npos
                || x.find("Cannot access field") != std::string::npos)
      << text << "\n"
      << x;
  }
}

TEST_F(query_test, refuses_in_its_own_words_what_the_database_cannot) {
  EXPECT_EQ(run("SELECT id FROM ds.t HAVING id > 1"),
            "invalidQuery: The sandbox cannot run HAVING without GROUP BY and "
            "aggregates at [1:31]");
  std::string many = "SELECT 0 AS c0";
  for (auto i = 1; i <= 2'000; ++i)
    many += ", " + std::to_string(i) + " AS c" + std::to_string(i);
  EXPECT_TRUE(run(many).starts_with("invalidQuery: The sandbox cannot run a "
                                    "query of more than 2000 columns"))
    << run(many).substr(0, 200);
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM ds.t HAVING COUNT(*) > 1"),
            R"({"n":4})");
}

TEST_F(query_test, schemas) {
  const question all[] = {
    {"SELECT 1, 1.0, 'x', TRUE, NULL",
     "f0_ INTEGER, f1_ FLOAT, f2_ STRING, f3_ BOOLEAN, f4_ INTEGER"},
    {"SELECT * FROM ds.t",
     "id INTEGER, Name STRING, f FLOAT, ok BOOLEAN, ts TIMESTAMP, d DATE, "
     "num NUMERIC, tags STRING[], rec RECORD, j JSON"},
    {"SELECT id / 1, id + 1, id + 1.0, AVG(id) FROM ds.t GROUP BY id",
     "f0_ FLOAT, f1_ INTEGER, f2_ FLOAT, f3_ FLOAT"},
    {"SELECT COUNT(*), MIN(name), SUM(f), MAX(d), COUNTIF(ok) FROM ds.t",
     "f0_ INTEGER, f1_ STRING, f2_ FLOAT, f3_ DATE, f4_ INTEGER"},
    {"SELECT IF(ok, 1, 2.0) a, COALESCE(NULL, name) b FROM ds.t",
     "a FLOAT, b STRING"},
    {"SELECT id FROM ds.t UNION ALL SELECT 1.5", "id FLOAT"},
  };
  for (auto& x : all)
    EXPECT_EQ(shape(x.text), x.answer) << x.text;
}

TEST_F(query_test, parameters) {
  auto add = [&](const char* name, column_type type,
                 std::optional<sql::bound_value> value,
                 std::optional<std::string> text = {}) {
    sql::query_parameter x;
    x.name = name;
    x.type.type = type;
    x.value = std::move(value);
    x.text = std::move(text);
    context.parameters.push_back(std::move(x));
  };
  add("a", column_type::integer, std::int64_t{2});
  add("day", column_type::string, "2026-01-03", "2026-01-03");
  add("none", column_type::string, std::nullopt);
  add("?0", column_type::integer, std::int64_t{1});
  add("?1", column_type::integer, std::int64_t{3});
  EXPECT_EQ(run("SELECT id FROM ds.t WHERE id = @A"), R"({"id":2})");
  EXPECT_EQ(run("SELECT id FROM ds.t WHERE d = @day"), R"({"id":2})");
  EXPECT_EQ(run("SELECT @none IS NULL AS n"), R"({"n":true})");
  EXPECT_EQ(run("SELECT id FROM ds.t WHERE id > ? ORDER BY id LIMIT ?"),
            R"({"id":2} {"id":3})");
  EXPECT_EQ(run("SELECT ?, ?, ?"),
            "invalidQuery: Query parameter number 3 is not defined at [1:14]");
}

TEST_F(query_test, not_a_number_is_no_wrong_answer) {
  store(R"({"id":5,"f":"nan"})");
  EXPECT_EQ(
    run("SELECT MAX(f) FROM ds.t"),
    "invalidQuery: The sandbox cannot work with the NaN or the infinity "
    "in column f");
  EXPECT_EQ(run("SELECT MAX(id) m FROM ds.t"), R"({"m":5})");
}

TEST_F(query_test, time_and_size_are_bounded) {
  query_engine hasty{e.answers.all, e.answers.rows, {std::chrono::seconds{0}}};
  auto why = test::refused([&] {
    hasty.run("SELECT COUNT(*) FROM ds.t a, ds.t b, ds.t c, ds.t d, ds.t e, "
              "ds.t f, ds.t g, ds.t h",
              context, false);
  });
  EXPECT_EQ(why.reason, "resourcesExceeded");
  query_engine small{
    e.answers.all, e.answers.rows, {std::chrono::seconds{20}, 100}};
  why = test::refused([&] { small.run("SELECT * FROM ds.t", context, false); });
  EXPECT_EQ(why.reason, "responseTooLarge");
}

TEST_F(query_test, nesting_is_bounded) {
  std::string deep(100'000, '(');
  EXPECT_TRUE(run("SELECT " + deep).find("nested that deeply")
              != std::string::npos);
  std::string sum = "SELECT 1";
  for (auto i = 0; i < 100'000; ++i)
    sum += "+1";
  EXPECT_TRUE(run(sum).find("nested that deeply") != std::string::npos);
  std::string growing = "WITH a0 AS (SELECT id FROM ds.t)";
  for (auto i = 1; i < 30; ++i) {
    auto last = "a" + std::to_string(i - 1);
    growing += ", a" + std::to_string(i) + " AS (SELECT x.id FROM " + last
               + " x, " + last + " y)";
  }
  EXPECT_TRUE(run(growing + " SELECT 1 FROM a29").find("that many tables")
              != std::string::npos);
}

TEST_F(query_test, a_long_table_is_read_in_parts) {
  std::string body = R"({"rows":[{"json":{"id":100}})";
  for (auto i = 1; i < 2'500; ++i)
    body += R"(,{"json":{"id":100}})";
  e.insert(body + "]}");
  EXPECT_EQ(run("SELECT COUNT(*) n, SUM(id) s FROM ds.t WHERE id = 100"),
            R"({"n":2500,"s":250000})");
  EXPECT_EQ(run("SELECT COUNT(*) n FROM ds.t a JOIN ds.t b ON a.id = b.id "
                "WHERE a.id < 100"),
            R"({"n":3})");
}

} // namespace
