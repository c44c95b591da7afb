#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace bqs::http::test {

/// Makes texts that are nearly rows: good ones with a few bytes changed. The
/// same texts on every run and machine.
class row_mutator {
public:
  std::string next() {
    static constexpr std::string_view rows[] = {
      R"({"id":18446744073709551616,"name":"Zo\u00eb","ok":true,"x":[1,2.5e3]})",
      R"( {"a":{"b":{"c":[[],{},[null,false]]}},"d":-0.5E-7} )",
      "{\"t\":\"2026-01-31 "
      "12:00:00\",\"\xC3\xA9\":\"\xE2\x82\xAC\xF0\x9F\x98\x80\"}",
      R"({"s":"\ud83d\ude00\\\"","n":1e400,"m":-9223372036854775809,"":""})",
      R"({})",
    };
    std::string result{rows[below(std::size(rows))]};
    for (auto changes = below(4); changes > 0; --changes)
      change(result);
    return result;
  }

private:
  // `std::uniform_int_distribution` differs between libraries.
  std::size_t below(std::size_t bound) {
    return static_cast<std::size_t>(engine_()) % bound;
  }

  std::string piece() {
    static constexpr std::string_view pieces[]
      = {"{",
         "}",
         "[",
         "]",
         ",",
         ":",
         "\"",
         "\\",
         "\\u",
         "d800",
         "\\udc00",
         "0",
         "1",
         "-",
         "+",
         ".",
         "e",
         "E9",
         "true",
         "null",
         " ",
         "\n",
         "\t",
         "/",
         "x",
         "\x80",
         "\xC3",
         "\xE2\x82",
         "\xED\xA0\x80",
         "\xF4\x90\x80\x80",
         "\x01",
         "123456789012345678901234567890",
         "1e999",
         "{}",
         "[]",
         "\"a\":1,"};
    if (below(8) == 0)
      return std::string(1, static_cast<char>(below(256)));
    return std::string{pieces[below(std::size(pieces))]};
  }

  void change(std::string& x) {
    auto at = below(x.size() + 1);
    switch (below(4)) {
      case 0:
        x.insert(at, piece());
        break;
      case 1:
        x.erase(at, 1 + below(3));
        break;
      case 2:
        x.replace(at, 1, piece());
        break;
      default:
        x.resize(at);
    }
  }

  std::mt19937 engine_{20260131};
};

} // namespace bqs::http::test
