#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/row_check.hpp"

namespace bqs::http::test {

/// A text that a sender may offer as a row, and what is wrong with it.
struct json_case {
  std::string name;
  std::string text;
  row_fault want;
};

/// Returns `x` repeated.
inline std::string times(std::size_t n, std::string_view x) {
  std::string result;
  result.reserve(n * x.size());
  for (std::size_t i = 0; i < n; ++i)
    result += x;
  return result;
}

/// Returns an object with `n` arrays in it, the last one empty.
inline std::string nested_arrays(std::size_t n) {
  return R"({"a":)" + times(n, "[") + times(n, "]") + "}";
}

inline void add_numbers(std::vector<json_case>& cases) {
  auto good = {"9223372036854775808",
               "18446744073709551615",
               "18446744073709551616",
               "-9223372036854775809",
               "1e400",
               "-1e400",
               "1e308",
               "1.7976931348623159e308",
               "1e-400",
               "1e99999999999",
               "1e-99999999999",
               "0.1e+1",
               "-0",
               "-0.0",
               "0e0",
               "1E+2"};
  auto bad = {"01",
              "-01",
              "00",
              "+1",
              ".5",
              "1.",
              "1.e2",
              "1e",
              "1e+",
              "-",
              "0x1",
              "1a",
              "1 2",
              "--1",
              "1e1.5",
              "0e",
              "18446744073709551616x",
              "-018446744073709551616",
              "NaN",
              "nan",
              "Infinity",
              "-Infinity",
              "True",
              "truee",
              "tru",
              "true false",
              "undefined"};
  auto row = [](std::string_view number) {
    return R"({"a":)" + std::string{number} + "}";
  };
  for (std::string x : good)
    cases.push_back({x, row(x), row_fault::none});
  for (std::string x : bad)
    cases.push_back({x, row(x), row_fault::malformed});
  for (std::size_t n : {38u, 100u, 400u})
    cases.push_back(
      {std::to_string(n) + " digits", row(times(n, "7")), row_fault::none});
  cases.push_back(
    {"800 decimals", row("0." + times(800, "3")), row_fault::none});
  cases.push_back({"nul and a NUL", row({"nul\0", 4}), row_fault::malformed});
  cases.push_back(
    {"1e400 then error", R"({"a":1e400,})", row_fault::malformed});
}

inline void add_structures(std::vector<json_case>& cases) {
  using enum row_fault;
  std::vector<json_case> more{
    {"empty object", "{}", none},
    {"spaces around", " \t\r\n{ \"a\" : [ 1 , 2 ] } \n", none},
    {"simple", R"({"a":1,"b":"x","c":null,"d":true,"e":false})", none},
    {"nested empty", R"({"a":{},"b":[],"c":[{},[]]})", none},
    {"duplicate keys", R"({"a":1,"a":2})", none},
    {"empty key", R"({"":1})", none},
    {"trailing comma obj", R"({"a":1,})", malformed},
    {"trailing comma arr", R"({"a":[1,]})", malformed},
    {"double comma", R"({"a":1,,"b":2})", malformed},
    {"leading comma", R"({,"a":1})", malformed},
    {"missing colon", R"({"a" 1})", malformed},
    {"double colon", R"({"a"::1})", malformed},
    {"missing value", R"({"a":})", malformed},
    {"unquoted key", R"({a:1})", malformed},
    {"single quotes", R"({'a':1})", malformed},
    {"number key", R"({1:1})", malformed},
    {"array comma obj", R"({"a":[1,{"b":2},]})", malformed},
    {"mismatched", R"({"a":[1})", malformed},
    {"comment", R"({"a":1/* x */})", malformed},
    {"comment2", "{\"a\":1}// x\n", malformed},
    {"colon in array", R"({"a":["b":1]})", malformed},
    {"key only", R"({"a"})", malformed},
    {"comma for colon", R"({"a",1})", malformed},
    {"two objects {} {}", "{} {}", malformed},
    {"two objects {}{}", "{}{}", malformed},
    {"two with comma", "{},{}", malformed},
    {"two with newline", "{}\n{}", malformed},
    {"injection", R"({"a":1}},{"insertId":"x","json":{"b":2})", malformed},
    {"injection2", R"({}}],"rows":[{"json":{})", malformed},
    {"trailing garbage", R"({"a":1}x)", malformed},
    {"trailing ]", "{}]", malformed},
    {"trailing \"", "{}\"", malformed},
    {"trailing number", "{}1", malformed},
    {"trailing comma after", "{},", malformed},
    {"leading garbage", "x{}", malformed},
    {"array", "[]", not_an_object},
    {"array of object", R"([{"a":1}])", not_an_object},
    {"array end obj", "[}", malformed},
    {"string", R"("a")", not_an_object},
    {"number", " 12", not_an_object},
    {"true", "true", not_an_object},
    {"null", "null", not_an_object},
    {"empty", "", malformed},
    {"blank", " \n", malformed},
    {"only {", "{", malformed},
    {"only }", "}", malformed},
    {"{]", "{]", malformed},
    {"unclosed nested", R"({"a":{"b":1})", malformed},
    {"unclosed array", R"({"a":[1)", malformed},
    {R"({"a":[})", R"({"a":[})", malformed},
    {"extra close nested", R"({"a":{}}})", malformed},
    {"form feed space", "{\f}", malformed},
    {"VT after", "{}\v", malformed},
    {"NBSP outside", "{\xC2\xA0}", malformed},
    {"NEL after", "{}\xC2\x85", malformed},
    {"NUL between", {"{\0}", 3}, malformed},
    {"NUL after", {"{}\0", 3}, malformed},
    {"500 arrays", nested_arrays(500), none},
    {"1023 arrays", nested_arrays(1023), none},
    {"1024 arrays", nested_arrays(1024), too_deep},
    {"1025 arrays", nested_arrays(1025), too_deep},
    {"1024 levels, none empty",
     times(1024, R"({"a":)") + "1" + times(1024, "}"), none},
    {"1025 levels, none empty",
     times(1025, R"({"a":)") + "1" + times(1025, "}"), too_deep},
    {"100000 arrays", nested_arrays(100'000), too_deep},
    {"100000 unclosed", R"({"a":)" + times(100'000, "["), too_deep},
    {"2000 objects", times(2000, R"({"a":)") + "1" + times(2000, "}"),
     too_deep},
    {"deep array", times(1025, "[") + times(1025, "]"), too_deep},
  };
  cases.insert(cases.end(), more.begin(), more.end());
}

inline void add_strings(std::vector<json_case>& cases) {
  using enum row_fault;
  std::vector<json_case> more{
    {"all escapes", R"({"a":"\"\\\/\b\f\n\r\t\u00e9\u20AC"})", none},
    {"\\u0000", R"({"a":"\u0000"})", none},
    {"\\u0000 in key", R"({"\u0000":1})", none},
    {"surrogate pair", R"({"a":"\ud83d\ude00"})", none},
    {"\\uFFFF", R"({"a":"\uFFFF"})", none},
    {"DEL", "{\"a\":\"\x7F\"}", none},
    {"U+2028", "{\"a\":\"\xE2\x80\xA8\"}", none},
    {"4-byte utf8", "{\"a\":\"\xF0\x9F\x98\x80\"}", none},
    {"noncharacter U+FFFF raw", "{\"a\":\"\xEF\xBF\xBF\"}", none},
    {"U+10FFFF", "{\"a\":\"\xF4\x8F\xBF\xBF\"}", none},
    {"BOM inside string", "{\"a\":\"\xEF\xBB\xBF\"}", none},
    {"lone high", R"({"a":"\ud800"})", malformed},
    {"lone low", R"({"a":"\udc00"})", malformed},
    {"high+char", R"({"a":"\ud800x"})", malformed},
    {"high+\\n", R"({"a":"\ud800\n"})", malformed},
    {"high+high", R"({"a":"\ud800\ud800"})", malformed},
    {"high+not low", R"({"a":"\ud800\u0041"})", malformed},
    {"reversed pair", R"({"a":"\udc00\ud800"})", malformed},
    {"lone in key", R"({"\ud800":1})", malformed},
    {"\\u12", R"({"a":"\u12"})", malformed},
    {"\\u12G4", R"({"a":"\u12G4"})", malformed},
    {"\\x41", R"({"a":"\x41"})", malformed},
    {"\\a", R"({"a":"\a"})", malformed},
    {"\\U0041", R"({"a":"\U0041"})", malformed},
    {"backslash NUL", {"{\"a\":\"\\\0\"}", 9}, malformed},
    {"backslash newline", "{\"a\":\"\\\n\"}", malformed},
    {"ends in backslash", R"({"a":"\)", malformed},
    {"unclosed string", R"({"a":"x)", malformed},
    {"unclosed key", R"({"a)", malformed},
    {"bad escape in key", R"({"\q":1})", malformed},
    {"raw newline", "{\"a\":\"x\ny\"}", malformed},
    {"raw tab", "{\"a\":\"x\ty\"}", malformed},
    {"raw 0x1f", "{\"a\":\"x\x1Fy\"}", malformed},
    {"NUL in string", {"{\"a\":\"\0\"}", 8}, malformed},
    {"overlong 2", "{\"a\":\"\xC0\xAF\"}", invalid_utf8},
    {"overlong 3", "{\"a\":\"\xE0\x80\xAF\"}", invalid_utf8},
    {"overlong 4", "{\"a\":\"\xF0\x80\x80\xAF\"}", invalid_utf8},
    {"CESU surrogate", "{\"a\":\"\xED\xA0\x80\"}", invalid_utf8},
    {"> 10FFFF", "{\"a\":\"\xF4\x90\x80\x80\"}", invalid_utf8},
    {"f5", "{\"a\":\"\xF5\x80\x80\x80\"}", invalid_utf8},
    {"lone continuation", "{\"a\":\"\x80\"}", invalid_utf8},
    {"truncated 3", "{\"a\":\"\xE2\x82\"}", invalid_utf8},
    {"latin1 e9", "{\"a\":\"caf\xE9\"}", invalid_utf8},
    {"fe ff", "{\"a\":\"\xFE\xFF\"}", invalid_utf8},
    {"bad utf8 in key", "{\"\xFF\":1}", invalid_utf8},
    {"BOM first", "\xEF\xBB\xBF{}", malformed},
    {"UTF-16", {"\xFF\xFE{\0}\0", 6}, invalid_utf8},
    {"bad utf8 outside", "{}\xFF", invalid_utf8},
  };
  cases.insert(cases.end(), more.begin(), more.end());
}

inline void add_large(std::vector<json_case>& cases) {
  auto keys = std::string{R"({"k":0)"};
  for (int i = 1; i < 100'000; ++i)
    keys += R"(,"key )" + std::to_string(i) + "\":" + std::to_string(i);
  keys += '}';
  auto text = [](std::string x) { return R"({"a":")" + x + R"("})"; };
  using enum row_fault;
  cases.push_back({"string 1 MB", text(std::string(1'000'000, 'x')), none});
  cases.push_back({"string 9 MB", text(std::string(9'000'000, 'x')), none});
  cases.push_back({"1 MB of \\n", text(times(500'000, R"(\n)")), none});
  cases.push_back(
    {"1 MB of euros", text(times(333'333, "\xE2\x82\xAC")), none});
  cases.push_back({"100k keys", std::move(keys), none});
}

/// What is hard in JSON, case by case.
inline const std::vector<json_case>& json_cases() {
  static const auto result = [] {
    std::vector<json_case> cases;
    add_numbers(cases);
    add_structures(cases);
    add_strings(cases);
    add_large(cases);
    return cases;
  }();
  return result;
}

} // namespace bqs::http::test
