#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "sandbox/message.hpp"

namespace bqs::sandbox {

/// What the query parameter `fields` lets through of an answer: `schema`,
/// `rows,pageToken`, `tables/tableReference`, `schema(fields(name,type))`, with
/// `*` for any name. Lists are looked through.
class field_mask {
public:
  /// @param text empty: everything is let through.
  /// Throws a `refusal` that names what is not a selection: a text that cannot
  /// be read, or a name that no answer of the service has.
  explicit field_mask(std::string_view text);

  /// Cuts an answer down, unless it is an error or empty.
  void apply(reply& x) const;

  /// One name, and what is let through inside of it; nothing: all.
  struct entry {
    std::string name;
    std::vector<entry> inside;
  };

private:
  std::vector<entry> entries_;
};

} // namespace bqs::sandbox
