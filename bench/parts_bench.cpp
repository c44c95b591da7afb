// What the parts of a row's way cost, one by one: Google Benchmark. Items are
// rows. Names end with the size of a row in bytes, or the rows of a block.

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include "actors/block_registry.hpp"
#include "actors/http_actor.hpp"
#include "actors/lane.hpp"
#include "bench/rows.hpp"
#include "bqstreamer/block_builder.hpp"
#include "http/body.hpp"
#include "http/classify.hpp"
#include "http/compressor.hpp"

namespace {

using namespace bqs;

constexpr std::uint32_t rows = 500;

void count(benchmark::State& state, std::size_t row_bytes) {
  state.SetItemsProcessed(state.iterations() * rows);
  if (row_bytes > 0)
    state.SetBytesProcessed(state.iterations() * rows
                            * static_cast<std::int64_t>(row_bytes));
}

std::size_t size_of(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

held_block_ptr make_block(std::uint64_t number, std::uint32_t n,
                          std::size_t size) {
  auto result = std::make_shared<held_block>();
  result->number = number;
  result->rows
    = {{}, number * n, {"", "ds", "t", ""}, bench::pack_rows(n, size), {}};
  return result;
}

// -- at the sender ------------------------------------------------------------

void build_block(benchmark::State& state) {
  auto xs = bench::make_rows(rows, size_of(state));
  block_builder builder;
  for (auto _ : state) {
    for (auto& x : xs)
      builder.add(std::string_view{x});
    benchmark::DoNotOptimize(builder.take_rows());
  }
  count(state, size_of(state));
}

// -- on the wire --------------------------------------------------------------

void encode_block(benchmark::State& state) {
  auto x = make_block(1, rows, size_of(state))->rows;
  std::vector<char> bytes;
  for (auto _ : state) {
    bytes.clear();
    caf::binary_serializer sink{nullptr, bytes};
    benchmark::DoNotOptimize(sink(x));
  }
  count(state, size_of(state));
}

void decode_block(benchmark::State& state) {
  auto x = make_block(1, rows, size_of(state))->rows;
  std::vector<char> bytes;
  caf::binary_serializer sink{nullptr, bytes};
  if (sink(x))
    state.SkipWithError("cannot be encoded");
  for (auto _ : state) {
    block y;
    caf::binary_deserializer source{nullptr, bytes};
    benchmark::DoNotOptimize(source(y));
    benchmark::DoNotOptimize(y.bytes.get());
  }
  count(state, size_of(state));
}

// -- in the node --------------------------------------------------------------

void check_block(benchmark::State& state) {
  auto x = make_block(1, rows, 200)->rows;
  for (auto _ : state)
    benchmark::DoNotOptimize(check_frame(x));
  count(state, 0);
}

/// A block of so many rows comes in, leaves in a request of its own, is stored
/// and has its receipt.
void lane_step(benchmark::State& state) {
  table_options options;
  auto n = static_cast<std::uint32_t>(state.range(0));
  options.batch.rows = options.batch.max_rows = rows;
  lane mind{options, 0};
  block_registry registry{1000, std::chrono::minutes{1}};
  auto source = make_block(1, n, 200);
  std::vector<decision> decided;
  time_point now{};
  std::uint64_t number = 0;
  for (auto _ : state) {
    std::uint32_t waiting = 0;
    for (; waiting < rows; waiting += n) {
      auto x = std::make_shared<held_block>();
      x->number = ++number;
      x->rows = source->rows;
      x->rows.first = number * n;
      registry.admit(x);
      mind.add(x, {0, n}, now, false);
    }
    auto batch = mind.cut(now, decided);
    batch_result result;
    result.number = batch->number;
    result.unsent_from = batch->rows;
    result.outcome.verdict = http::verdict::stored;
    result.outcome.status = 200;
    mind.settle(result, now, 0.5, decided);
    for (auto& x : decided) {
      auto block = x.source->number;
      for (auto& y : registry.decide(block, x.rows))
        registry.store(*registry.held(block), y, false);
      benchmark::DoNotOptimize(registry.close(block, now));
    }
    decided.clear();
  }
  count(state, 0);
}

// -- the request --------------------------------------------------------------

void build_body(benchmark::State& state) {
  auto xs = bench::make_rows(rows, size_of(state));
  http::body_builder builder;
  for (auto _ : state) {
    builder.start({});
    for (std::uint64_t i = 0; i < rows; ++i)
      builder.append(xs[i], "AAAAAAAAAAAAAAAAAAAAAA-", i);
    benchmark::DoNotOptimize(builder.finish().data());
  }
  count(state, size_of(state));
}

void compress_body(benchmark::State& state) {
  auto xs = bench::make_rows(rows, size_of(state));
  http::body_builder builder;
  builder.start({});
  for (std::uint64_t i = 0; i < rows; ++i)
    builder.append(xs[i], "AAAAAAAAAAAAAAAAAAAAAA-", i);
  auto body = builder.finish();
  http::compressor packer;
  std::size_t packed = 0;
  for (auto _ : state)
    packed = packer.gzip(body).size();
  count(state, size_of(state));
  state.counters["of its size"]
    = static_cast<double>(packed) / static_cast<double>(body.size());
}

void copy_rows(benchmark::State& state) {
  auto xs = bench::make_rows(rows, size_of(state));
  std::vector<char> to(size_of(state) * rows * 2);
  for (auto _ : state) {
    auto at = to.data();
    for (auto& x : xs) {
      std::memcpy(at, x.data(), x.size());
      at += x.size();
    }
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  count(state, size_of(state));
}

batch whole(const held_block_ptr& x) {
  batch result;
  result.slices.push_back({x, {0, rows}, {}, 1});
  result.rows = rows;
  return result;
}

void pack_batch(benchmark::State& state) {
  auto rows_of_request = whole(make_block(1, rows, size_of(state)));
  http::body_builder builder;
  for (auto _ : state) {
    benchmark::DoNotOptimize(pack(builder, rows_of_request, {}));
    benchmark::DoNotOptimize(builder.finish().data());
  }
  count(state, size_of(state));
}

/// The service has refused every hundredth row and stopped the others: they go
/// again.
void pack_again(benchmark::State& state) {
  table_options options;
  options.batch.rows = 1;
  auto source = make_block(1, rows, size_of(state));
  http::body_builder builder;
  std::vector<decision> decided;
  time_point now{};
  for (auto _ : state) {
    lane mind{options, 0};
    mind.add(source, {0, rows}, now, false);
    auto sent = mind.cut(now, decided);
    batch_result result;
    result.number = sent->number;
    result.unsent_from = sent->rows;
    result.outcome.verdict = http::verdict::partial;
    result.outcome.status = 200;
    for (std::uint32_t i = 0; i < rows; ++i) {
      auto bad = i % 100 == 50;
      result.outcome.rows.push_back(
        {i,
         bad ? http::row_verdict::fail : http::row_verdict::again,
         bad ? "invalid" : "stopped",
         {},
         {}});
    }
    mind.settle(result, now, 0.5, decided);
    auto again = mind.cut(now, decided);
    benchmark::DoNotOptimize(pack(builder, *again, {}));
    benchmark::DoNotOptimize(builder.finish().data());
    decided.clear();
  }
  count(state, size_of(state));
}

// -- the answer ---------------------------------------------------------------

http::answer answer_of(std::string body) {
  http::answer result;
  result.reach = http::reach::answered;
  result.status = 200;
  result.body = std::move(body);
  return result;
}

void read_answer(benchmark::State& state, const http::answer& x) {
  for (auto _ : state)
    benchmark::DoNotOptimize(http::classify(x, {rows, false, 0}));
  count(state, 0);
}

void answer_stored(benchmark::State& state) {
  read_answer(state,
              answer_of(R"({"kind":"bigquery#tableDataInsertAllResponse"})"));
}

/// Every hundredth row is invalid, which stops the others.
void answer_errors(benchmark::State& state) {
  std::string body = R"({"kind":"bigquery#tableDataInsertAllResponse",)"
                     R"("insertErrors":[)";
  for (std::uint32_t i = 0; i < rows; ++i) {
    auto bad = i % 100 == 50;
    body += (i == 0 ? R"({"index":)" : R"(,{"index":)") + std::to_string(i)
            + R"(,"errors":[{"reason":")" + (bad ? "invalid" : "stopped")
            + R"(","location":")" + (bad ? "text" : "")
            + R"(","debugInfo":"","message":")"
            + (bad ? "no such field: text." : "") + R"("}]})";
  }
  read_answer(state, answer_of(body + "]}"));
}

} // namespace

BENCHMARK(build_block)->Arg(50)->Arg(200)->Arg(1024);
BENCHMARK(encode_block)->Arg(50)->Arg(200)->Arg(1024);
BENCHMARK(decode_block)->Arg(50)->Arg(200)->Arg(1024);
BENCHMARK(check_block);
BENCHMARK(lane_step)->Arg(1)->Arg(10)->Arg(500);
BENCHMARK(build_body)->Arg(50)->Arg(200)->Arg(1024);
BENCHMARK(compress_body)->Arg(50)->Arg(200)->Arg(1024);
BENCHMARK(copy_rows)->Arg(50)->Arg(200)->Arg(1024);
BENCHMARK(pack_batch)->Arg(50)->Arg(200)->Arg(1024);
BENCHMARK(pack_again)->Arg(50)->Arg(200)->Arg(1024);
BENCHMARK(answer_stored);
BENCHMARK(answer_errors);
