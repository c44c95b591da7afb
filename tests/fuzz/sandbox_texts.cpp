// Small texts in requests to the sandbox.
//
// Input: which kind, and the text.

#include <optional>
#include <string>

#include "sandbox/errors.hpp"
#include "sandbox/fault.hpp"
#include "sandbox/field_mask.hpp"
#include "sandbox/form.hpp"
#include "sandbox/jwt.hpp"
#include "sandbox/routes.hpp"
#include "sandbox/scopes.hpp"
#include "sandbox/table_pattern.hpp"
#include "tests/fuzz/target.hpp"

using namespace bqs::sandbox;
using bqs::test::demand;

namespace {

void try_route(std::string_view text) {
  bqs::test::fuzz_input in{reinterpret_cast<const std::uint8_t*>(text.data()),
                           text.size()};
  auto verb = in.until(' ');
  auto where = find_route(verb, in.rest());
  if (where)
    demand(matches(to_string(where->method), where->method), "own name");
}

void try_mask(std::string_view text) {
  try {
    field_mask mask{text};
    reply x;
    x.body = R"({"kind":"k","schema":{"fields":[{"name":"a"}]},"rows":[{}]})";
    mask.apply(x);
    demand(!x.body.empty(), "an answer without a body");
  } catch (const refusal& why) {
    demand(why.status >= 400, "refused without a status");
  }
}

/// What was read is read again from the text that it keeps.
void try_fault(std::string_view text) {
  auto result = parse_fault(text);
  if (auto* x = std::get_if<fault>(&result))
    demand(std::holds_alternative<fault>(parse_fault(x->spec)),
           "cannot be read back");
  else
    demand(!std::get<std::string>(result).empty(), "neither fault nor line");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bqs::test::fuzz_input in{data, size};
  auto kind = in.byte();
  auto text = in.rest();
  switch (kind % 6) {
    case 0:
      try_route(text);
      break;
    case 1:
      static_cast<void>(parse_form(text));
      break;
    case 2:
      static_cast<void>(parse_jwt(text));
      break;
    case 3:
      try_mask(text);
      break;
    case 4:
      try_fault(text);
      break;
    default:
      is_scope_list(text);
      is_table_pattern(text);
      matches_table(text, "ds.t");
  }
  return 0;
}
