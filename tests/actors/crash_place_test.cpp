#define CAF_SUITE crash_place

#include "actors/crash_place.hpp"

#include <stdexcept>
#include <string>

#include "tests/fixture.hpp"

using namespace bqs;
using namespace bqs::internal;
using namespace bqs::test;

namespace {

caf::behavior fragile(caf::event_based_actor* self) {
  name_crashes(self);
  return {
    [](const ready&) { throw std::out_of_range{"{\"secret\":1}"}; },
    [](const pack_rows&) { throw 42; },
  };
}

struct fixture : deterministic {
  /// How an actor ends that is sent `x`.
  template <class T>
  std::string end_over(T x) {
    auto uut = start(fragile);
    self->monitor(uut);
    self->send(uut, std::move(x));
    consume_messages();
    std::string result;
    self->receive(
      [&](const caf::down_msg& y) { result = to_string(y.reason); });
    return result;
  }
};

bool says(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(crash_place_tests, fixture)

CAF_TEST(a crash tells types of exception and message and nothing of a row) {
  auto text = end_over(ready{});
  CAF_CHECK(says(text, "std::out_of_range over"));
  CAF_CHECK(says(text, "ready"));
  CAF_CHECK(!says(text, "secret"));
}

CAF_TEST(what is thrown need not be an exception) {
  auto text = end_over(pack_rows{});
  CAF_CHECK(says(text, "something thrown over"));
  CAF_CHECK(says(text, "pack_rows"));
}

CAF_TEST_FIXTURE_SCOPE_END()
