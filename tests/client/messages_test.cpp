#define CAF_SUITE messages

#include "bqstreamer/messages.hpp"

#include "tests/fixture.hpp"

using namespace bqs;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

const std::string secret = "do-not-show-me";

const extras_map extras{{"key", "value"}, {"!must", ""}};

const table_ref table{"home", "shop", "events$20260131", "_suffix"};

const failure_reason why{"invalid", "no such field", "a.b", 404, true};

block make_full_block() {
  block_builder b;
  b.add(std::string_view{"{\"a\":\"" + secret + "\"}"}, "id-1");
  b.add(std::string_view{"{\"a\":\"\xc3\xa4\"}"});
  b.add(std::string_view{""}, secret);
  auto x = b.finish(make_stream(3), UINT64_MAX - 10, table);
  x.extras = extras;
  return x;
}

receipt make_full_receipt() {
  return {make_stream(4),         7,     9, table, 5, 2, {why, {}},
          {{7, 1, 0}, {9, 3, 1}}, extras};
}

failures make_full_failures() {
  failure x{table, why, 3, caf::timestamp{12345ns}, {{"id", secret}, {}}};
  return {5, {x, {}}, extras};
}

struct fixture : deterministic {
  template <class T>
  void same(const T& x) {
    CAF_CHECK(roundtrip(x) == x);
    CAF_CHECK(!(roundtrip(x) == T{}));
    // As it travels: inside a message, under its registered name.
    auto message = caf::make_message(x);
    auto copy = roundtrip(message);
    CAF_REQUIRE(copy.template match_elements<T>());
    CAF_CHECK(copy.template get_as<T>(0) == x);
  }

  template <class T>
  void same_empty() {
    auto copy = roundtrip(caf::make_message(T{}));
    CAF_CHECK(copy.template match_elements<T>());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(messages_tests, fixture)

CAF_TEST(every message survives the wire) {
  same(make_stream(9));
  same(table);
  same(make_full_block());
  same(row{table, "{\"a\":1}", "id", extras});
  same(admission{make_stream(1), 2, 3, admission_code::block_too_large, 4s, 5,
                 "text", extras});
  same(ask{make_stream(1), 2, 3, table});
  same(why);
  same(failed_range{1, 2, 3});
  same(make_full_receipt());
  same(standing{standing_code::settled, make_full_receipt()});
  same(standing{standing_code::held, {}});
  same(receipts_ack{3});
  same(reply{reply_code::malformed, 2, "text"});
  same(flush{table, extras});
  same(bqs::pause{table, extras});
  same(bqs::resume{table, extras});
  same(drain{caf::timespan{5s}, extras});
  same(get_status{extras});
  same(leave{extras});
  same(status{"{\"a\":1}"});
  same(status{"", reply_code::denied, "text"});
  same(join{false, true, table, 5, 6, extras});
  same(failed_row{"id", "{}"});
  same(make_full_failures().items[0]);
  same(make_full_failures());
  same(failures_ack{9});
  same(missed{9});
  same(state_change{table, table_state::quarantined, "text",
                    caf::timestamp{99ns}});
}

CAF_TEST(messages without a value survive the wire) {
  same_empty<flush>();
  same_empty<bqs::pause>();
  same_empty<bqs::resume>();
  same_empty<drain>();
  same_empty<get_status>();
  same_empty<leave>();
  same_empty<join>();
  same_empty<row>();
  CAF_CHECK_EQUAL(roundtrip(block{}).rows(), 0u);
  CAF_CHECK(roundtrip(block{}).bytes != nullptr); // never null once received
  CAF_CHECK(!roundtrip(flush{}).table);
  CAF_CHECK(!roundtrip(drain{}).timeout);
}

CAF_TEST(codes have fixed numbers) {
  // They travel: append, never renumber.
  CAF_CHECK_EQUAL(static_cast<int>(admission_code::accepted), 1);
  CAF_CHECK_EQUAL(static_cast<int>(admission_code::overloaded), 2);
  CAF_CHECK_EQUAL(static_cast<int>(admission_code::draining), 3);
  CAF_CHECK_EQUAL(static_cast<int>(admission_code::block_too_large), 4);
  CAF_CHECK_EQUAL(static_cast<int>(admission_code::malformed), 5);
  CAF_CHECK_EQUAL(static_cast<int>(admission_code::conflict), 6);
  CAF_CHECK_EQUAL(static_cast<int>(admission_code::not_supported), 7);
  CAF_CHECK_EQUAL(static_cast<int>(standing_code::held), 1);
  CAF_CHECK_EQUAL(static_cast<int>(standing_code::unknown), 3);
  CAF_CHECK_EQUAL(static_cast<int>(table_state::quarantined), 7);
  CAF_CHECK_EQUAL(to_string(static_cast<admission_code>(99)), "refused");
  CAF_CHECK_EQUAL(to_string(static_cast<standing_code>(99)), "unknown");
}

CAF_TEST(the bytes of a block are shared within a process) {
  auto sent = make_full_block();
  const block_bytes* arrived = nullptr;
  auto receiver = start([&]() -> caf::behavior {
    return {[&](const block& x) { arrived = x.bytes.get(); }};
  });
  self->send(receiver, sent);
  consume_messages();
  CAF_CHECK(arrived == sent.bytes.get());
  CAF_CHECK_EQUAL(sent.bytes.use_count(), 1); // the message is gone
}

CAF_TEST(no text shows the bytes of a row) {
  auto shows = [](const auto& x) {
    auto text = caf::deep_to_string(x) + caf::to_string(caf::make_message(x));
    return text.find(secret) != std::string::npos;
  };
  CAF_CHECK(!shows(make_full_block()));
  CAF_CHECK(!shows(row{table, secret, secret, {}}));
  CAF_CHECK(!shows(failed_row{secret, secret}));
  CAF_CHECK(!shows(make_full_failures()));
  CAF_CHECK(!shows(make_full_failures().items[0]));
  // They do name what it is about.
  auto text = caf::deep_to_string(make_full_block());
  CAF_CHECK(text.find("shop.events") != std::string::npos);
  CAF_CHECK(text.find("3 rows") != std::string::npos);
}

CAF_TEST(hostile bytes give an error or a value that can be checked) {
  auto whole = serialize(make_full_block());
  auto load = [&](const byte_buffer& bytes) {
    block x;
    caf::binary_deserializer source{sys, bytes};
    if (source(x))
      return false;
    check_frame(x); // looks at everything, touches nothing outside
    cost(x);
    to_string(x);
    return true;
  };
  CAF_CHECK(load(whole));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    byte_buffer cut{whole.begin(), whole.begin() + static_cast<long>(n)};
    CAF_CHECK(!load(cut));
  }
  auto values = 0;
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (auto flip : {0x01, 0x80, 0xFF}) {
      auto bent = whole;
      bent[i] = static_cast<char>(bent[i] ^ flip);
      values += load(bent) ? 1 : 0;
    }
  CAF_CHECK(values > 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
