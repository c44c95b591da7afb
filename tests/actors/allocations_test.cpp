// How often memory is asked for on a block's way through a node: for blocks,
// not for rows.

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <gtest/gtest.h>

#include "actors/block_registry.hpp"
#include "actors/http_actor.hpp"
#include "actors/lane.hpp"
#include "actors/ledger.hpp"
#include "bqstreamer/block_builder.hpp"
#include "http/body.hpp"
#include "http/classify.hpp"
#include "http/compressor.hpp"

namespace {

std::atomic<std::size_t> allocations{0};

void* count_and_allocate(std::size_t size, std::size_t alignment) {
  ++allocations;
  // A multiple of the alignment, as aligned_alloc wants it.
  size
    = (std::max<std::size_t>(size, 1) + alignment - 1) / alignment * alignment;
  if (auto result = std::aligned_alloc(alignment, size))
    return result;
  throw std::bad_alloc{};
}

} // namespace

// All other forms of them call these; but under a sanitizer, which has its own
// of those that are not here. Memory must go back to where it came from.
void* operator new(std::size_t size) {
  return count_and_allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  return count_and_allocate(size, static_cast<std::size_t>(alignment));
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void operator delete(void* x) noexcept {
  std::free(x);
}

void operator delete(void* x, std::size_t) noexcept {
  std::free(x);
}

void operator delete(void* x, std::align_val_t) noexcept {
  std::free(x);
}

void operator delete(void* x, std::size_t, std::align_val_t) noexcept {
  std::free(x);
}

// What asks the C library for memory comes here instead: the linker is told to
// (`--wrap`). So it does under a sanitizer, which has the `real` ones then.
extern "C" {

void* __real_malloc(std::size_t size);
void* __real_calloc(std::size_t n, std::size_t size);
void* __real_realloc(void* x, std::size_t size);

void* __wrap_malloc(std::size_t size) {
  ++allocations;
  return __real_malloc(size);
}

void* __wrap_calloc(std::size_t n, std::size_t size) {
  ++allocations;
  return __real_calloc(n, size);
}

void* __wrap_realloc(void* x, std::size_t size) {
  ++allocations;
  return __real_realloc(x, size);
}

} // extern "C"

namespace bqs {

namespace {

/// What a block passes on its way, without the actors that carry it.
struct way {
  block_builder rows;
  block_registry registry{10, std::chrono::minutes{1}};
  bqs::ledger books;
  lane mind{table_options{}, 0};
  http::body_builder body;
  std::vector<decision> decided;
  time_point now{};
  std::uint64_t last = 0;
  stream_id stream;
  table_ref table{"", "shop", "events", ""};
  /// Insert ids of the sender's own.
  bool own_ids = false;

  /// Allocations by the part that made them.
  std::vector<std::pair<std::string, std::size_t>> counted;

  template <class F>
  void count(const char* part, F f) {
    auto before = allocations.load();
    f();
    auto n = allocations - before;
    counted.emplace_back(part, n);
  }

  /// Brings a block of so many rows all the way, to its receipt.
  void pass(std::uint32_t n) {
    counted.clear();
    counted.reserve(16);
    constexpr std::string_view text
      = R"({"name":"somebody","number":12345,"text":"twenty characters, ok"})";
    constexpr std::string_view id = "an-id-of-the-senders-own";
    auto x = std::make_shared<held_block>();
    count("built", [&] {
      for (std::uint32_t i = 0; i < n; ++i)
        rows.add(text, own_ids ? id : std::string_view{});
      x->rows = rows.finish(stream, last, table);
    });
    last += n;
    x->number = last;
    x->admitted = now;
    std::vector<char> wire;
    caf::binary_serializer sink{nullptr, wire};
    EXPECT_FALSE(sink(x->rows));
    x->rows = {};
    count("read", [&] {
      caf::binary_deserializer source{nullptr, wire};
      EXPECT_FALSE(source(x->rows));
    });
    count("checked", [&] { EXPECT_EQ(check_frame(x->rows), ""); });
    count("admitted", [&] {
      registry.admit(x);
      books.accept("shop.events", n);
    });
    batch_ptr sent;
    count("cut", [&] {
      mind.add(x, {0, n}, now, false);
      sent = mind.cut(now, decided);
    });
    ASSERT_TRUE(sent);
    ASSERT_EQ(sent->rows, n);
    packed_batch packed;
    count("packed", [&] {
      packed = pack(body, *sent, {});
      body.finish();
    });
    ASSERT_EQ(body.rows(), n);
    batch_result result;
    count("answered", [&] {
      http::answer answer;
      answer.reach = http::reach::answered;
      answer.status = 200;
      answer.body = R"({"kind":"bigquery#tableDataInsertAllResponse"})";
      result.number = sent->number;
      result.unsent_from = packed.unsent_from;
      result.outcome = http::classify(answer, {n, false, 0});
    });
    count("settled", [&] { mind.settle(result, now, 0.5, decided); });
    receipt_ptr receipt;
    count("closed", [&] {
      for (auto& y : decided)
        for (auto& z : registry.decide(y.source->number, y.rows)) {
          registry.store(*registry.held(y.source->number), z, false);
          books.store("shop.events", z.size(), 0);
        }
      decided.clear();
      receipt = registry.close(x->number, now);
    });
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->stored, n);
  }
};

struct counts {
  /// At the sender.
  std::size_t built = 0;
  /// In the http actor, for the body.
  std::size_t packed = 0;
  /// In the rest of the node, by part.
  std::vector<std::pair<std::string, std::size_t>> node;
};

/// What the twentieth block of so many rows asks for, when all that is kept has
/// its size.
counts allocations_of(std::uint32_t n, bool own_ids) {
  way all;
  all.own_ids = own_ids;
  for (auto i = 0; i < 20; ++i)
    all.pass(n);
  auto take = [&](const std::string& part) {
    auto i = std::ranges::find(all.counted, part,
                               &std::pair<std::string, std::size_t>::first);
    auto result = i->second;
    all.counted.erase(i);
    return result;
  };
  auto built = take("built");
  auto packed = take("packed");
  return {built, packed, std::move(all.counted)};
}

} // namespace

TEST(allocations, the_node_allocates_for_a_block_and_not_for_its_rows) {
  auto small = allocations_of(500, false);
  auto large = allocations_of(5000, false);
  EXPECT_EQ(large.packed, small.packed);
  EXPECT_EQ(large.node, small.node);
  std::size_t sum = 0;
  for (auto& [part, n] : large.node)
    sum += n;
  EXPECT_LE(sum + small.packed, 30u);
}

TEST(allocations, insert_ids_of_the_senders_own_cost_no_more_of_them) {
  auto own = allocations_of(5000, true);
  auto without = allocations_of(5000, false);
  auto& [part, n] = without.node.front();
  EXPECT_EQ(part, "read");
  n += 2; // of the ids, and where each of them begins
  EXPECT_EQ(own.node, without.node);
  EXPECT_EQ(own.packed, without.packed);
}

TEST(allocations, a_partial_answer_costs_them_for_its_bad_rows_only) {
  auto settled = [](std::uint32_t n, std::uint32_t bad) {
    table_options options;
    options.batch.rows = 1;
    options.batch.max_rows = n;
    lane mind{options, 0};
    block_builder rows;
    for (std::uint32_t i = 0; i < n; ++i)
      rows.add(std::string_view{"{}"});
    auto x = std::make_shared<held_block>();
    x->number = 1;
    x->rows = rows.finish({}, 0, {"", "shop", "events", ""});
    std::vector<decision> decided;
    mind.add(x, {0, n}, time_point{}, false);
    auto sent = mind.cut(time_point{}, decided);
    batch_result answer;
    answer.number = sent->number;
    answer.unsent_from = n;
    answer.outcome.verdict = http::verdict::partial;
    for (std::uint32_t i = 0; i < n; ++i)
      if (i % (n / bad) == 0)
        answer.outcome.rows.push_back({i, http::row_verdict::fail, "invalid",
                                       "more than fits into a short text",
                                       "field"});
      else
        answer.outcome.rows.push_back(
          {i, http::row_verdict::again, "stopped", {}, {}});
    auto before = allocations.load();
    mind.settle(answer, time_point{}, 0.5, decided);
    return allocations.load() - before;
  };
  EXPECT_EQ(settled(5000, 5), settled(500, 5));
  EXPECT_LE(settled(5000, 50), settled(5000, 5) + 45 * 4);
}

TEST(allocations, a_body_costs_no_more_of_them_for_many_slices) {
  block_builder rows;
  for (auto i = 0; i < 200; ++i)
    rows.add(std::string_view{"{}"});
  auto x = std::make_shared<held_block>();
  x->rows = rows.finish({}, 0, {"", "shop", "events", ""});
  http::body_builder body;
  auto packed = [&](std::uint32_t slices) {
    batch sent;
    sent.rows = 200;
    auto n = sent.rows / slices;
    for (std::uint32_t i = 0; i < slices; ++i)
      sent.slices.push_back({x, {i * n, (i + 1) * n}, {}});
    auto before = allocations.load();
    pack(body, sent, {});
    return allocations.load() - before;
  };
  packed(1); // the builder keeps what it needs
  EXPECT_LE(packed(100), packed(1));
}

TEST(allocations, a_body_grows_by_shares_and_one_as_large_needs_none) {
  auto built = [](http::body_builder& body, std::uint64_t rows) {
    auto before = allocations.load();
    body.start({});
    for (std::uint64_t i = 0; i < rows; ++i)
      body.append(R"({"name":"somebody","text":"fifty bytes, or so"})", "id-",
                  i);
    body.finish();
    EXPECT_EQ(body.rows(), rows);
    return allocations.load() - before;
  };
  http::body_builder few;
  auto first = built(few, 5'000);
  EXPECT_GE(first, 1u); // else they are not seen here
  EXPECT_LE(first, 6u);
  http::body_builder many;
  // Of ten times the size: six times half as much again.
  EXPECT_LE(built(many, 50'000), first + 6);
  for (auto i = 0; i < 3; ++i) {
    EXPECT_EQ(built(few, 5'000), 0u);
    EXPECT_EQ(built(many, 50'000), 0u);
  }
}

TEST(allocations, a_packed_body_needs_none_if_one_as_large_was_before) {
  http::compressor packer;
  auto packed = [&](std::size_t bytes) {
    std::string text(bytes, 'x');
    auto before = allocations.load();
    EXPECT_FALSE(packer.gzip(text).empty());
    return allocations.load() - before;
  };
  EXPECT_LE(packed(500'000), 1u); // under a sanitizer it is not seen
  for (std::size_t bytes : {500'000u, 500'000u, 200'000u, 500'000u})
    EXPECT_EQ(packed(bytes), 0u) << bytes;
}

TEST(allocations, a_builder_allocates_once_for_each_of_its_buffers) {
  auto small = allocations_of(500, true);
  auto large = allocations_of(5000, true);
  EXPECT_EQ(large.built, small.built);
  EXPECT_LE(large.built, 5u); // four buffers, and what shares them
}

} // namespace bqs
