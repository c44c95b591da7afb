// What a row costs on its way into a request: check, insert id, append; and
// beside it what copying its bytes alone costs.

#include <cstring>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "http/body.hpp"

namespace {

constexpr int rows = 500;

std::vector<std::string> make_rows(std::size_t size) {
  std::vector<std::string> result;
  for (int i = 0; i < rows; ++i) {
    auto row = R"({"id":)" + std::to_string(100000 + i) + R"(,"name":"n)"
               + std::to_string(i) + R"(","ratio":0.5,"text":")";
    row.append(size > row.size() + 2 ? size - row.size() - 2 : 0, 'x');
    result.push_back(row + "\"}");
  }
  return result;
}

void body(benchmark::State& state) {
  auto xs = make_rows(static_cast<std::size_t>(state.range(0)));
  bqs::http::body_builder builder;
  for (auto _ : state) {
    builder.start({});
    for (std::uint64_t i = 0; i < rows; ++i)
      builder.append(xs[i], "AAAAAAAAAAAAAAAAAAAAAA-", i);
    benchmark::DoNotOptimize(builder.finish().data());
  }
  state.SetItemsProcessed(state.iterations() * rows);
  state.SetBytesProcessed(state.iterations() * rows * state.range(0));
}

void copy(benchmark::State& state) {
  auto xs = make_rows(static_cast<std::size_t>(state.range(0)));
  std::vector<char> to(static_cast<std::size_t>(state.range(0)) * rows * 2);
  for (auto _ : state) {
    auto at = to.data();
    for (auto& x : xs) {
      std::memcpy(at, x.data(), x.size());
      at += x.size();
    }
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * rows);
  state.SetBytesProcessed(state.iterations() * rows * state.range(0));
}

} // namespace

BENCHMARK(body)->Arg(50)->Arg(200)->Arg(1000);
BENCHMARK(copy)->Arg(50)->Arg(200)->Arg(1000);
