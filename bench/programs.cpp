// Benches that are programs of their own: runs them, and takes over what they
// say.

#include <cstddef>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/benches.hpp"

namespace bqs::bench {

namespace {

/// The output of a program, without its first line.
std::vector<std::string> lines_of(const std::string& program,
                                  std::vector<std::string> arguments) {
  process x{program, std::move(arguments)};
  std::vector<std::string> result;
  x.line();
  while (auto line = x.next_line())
    result.push_back(std::move(*line));
  if (result.empty())
    throw std::runtime_error{program + " said nothing"};
  return result;
}

/// A line whose last words are `count` numbers.
struct row_of_numbers {
  row_of_numbers(const std::string& line, std::size_t count) {
    std::istringstream in{line};
    std::vector<std::string> words;
    for (std::string word; in >> word;)
      words.push_back(word);
    if (words.size() < count)
      throw std::runtime_error{"cannot read: " + line};
    auto names = words.size() - count;
    for (std::size_t i = 0; i < names; ++i)
      name += (i == 0 ? "" : " ") + words[i];
    for (auto i = names; i < words.size(); ++i)
      numbers.push_back(std::stod(words[i]));
  }

  std::string name;
  std::vector<double> numbers;
};

} // namespace

void parts(run& how) {
  process program{
    BQS_BENCH_PARTS,
    {"--benchmark_format=json",
     std::string{"--benchmark_min_time="} + how.pick("0.5", "0.02")}};
  std::string text;
  while (auto line = program.next_line())
    text += *line + "\n";
  auto all = nlohmann::json::parse(text);
  for (auto& x : all["benchmarks"]) {
    auto rows = x.value("items_per_second", 0.0);
    results::values found{{"rows/s", rows},
                          {"ns a row", rows > 0 ? 1e9 / rows : 0}};
    if (x.contains("bytes_per_second"))
      found["MB/s"] = x["bytes_per_second"].get<double>() / 1e6;
    if (x.contains("of its size"))
      found["of its size"] = x["of its size"];
    how.found.add("parts", x["name"].get<std::string>(), std::move(found));
  }
}

void pushing(run& how) {
  for (auto& line : lines_of(BQS_BENCH_PUSH, {how.pick("5", "1")})) {
    row_of_numbers x{line, 4};
    how.found.add("pushing", x.name,
                  {{"ns a row, mean", x.numbers[0]},
                   {"p50", x.numbers[1]},
                   {"p99", x.numbers[2]},
                   {"max", x.numbers[3]}});
  }
}

void head_of_line(run& how) {
  auto rows = how.pick("20000", "1000");
  for (auto& line :
       lines_of(BQS_BENCH_HEAD_OF_LINE, {rows, std::to_string(how.rounds)})) {
    row_of_numbers x{line, 6};
    how.found.add("head_of_line", std::string{rows} + " rows for each of 50",
                  {{"rows/s without", x.numbers[0]},
                   {"rows/s with sick ones", x.numbers[1]},
                   {"ratio", x.numbers[2]},
                   {"CPU-s/M rows without", x.numbers[3]},
                   {"CPU-s/M rows with", x.numbers[4]},
                   {"ratio of them", x.numbers[5]}});
  }
}

} // namespace bqs::bench
