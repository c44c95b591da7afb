#include "client/message_check.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <caf/atom.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/node_id.hpp>

namespace bqs {

namespace {

/// Of handles of actors, errors, and all types of a message by name.
constexpr std::size_t small = 4096;

/// Of requests, acknowledgements and what else has no rows in it.
constexpr std::size_t most_talk = 16u << 10;

/// Of what nodes say, when it comes from whoever has come to us. In memory it
/// can take up to fifty times its bytes.
constexpr std::size_t most_failures = 4u << 20;

/// Values that take in memory about what they take on the wire.
constexpr std::array<std::string_view, 16> plain{
  "@atom",     "@duration",  "@i16", "@i32", "@i64", "@i8", "@ldouble", "@str",
  "@timespan", "@timestamp", "@u16", "@u32", "@u64", "@u8", "@unit",    "bool"};

constexpr std::array<std::string_view, 3> handles{"@actor", "@addr",
                                                  "@strong_actor_ptr"};

/// Messages of ours that senders send, and owners of producers.
constexpr std::array<std::string_view, 3> with_rows{"bqs::block", "bqs::push",
                                                    "bqs::row"};

/// Messages of ours that nodes send, and producers to their owners.
constexpr std::array<std::string_view, 6> with_failures{
  "bqs::failure",    "bqs::failures", "bqs::receipt",
  "bqs::settlement", "bqs::standing", "bqs::status"};

template <class List>
bool contains(const List& all, std::string_view x) {
  return std::find(all.begin(), all.end(), x) != all.end();
}

bool is_plain(std::string_view type) {
  return contains(plain, type);
}

/// Whether it is of the program: CAF's own have an `@` in their name, but for
/// numbers and its settings, which nest.
bool is_own(std::string_view type) {
  return type != "settings"
         && type.find_first_of("@<") == std::string_view::npos;
}

/// Reads what a serializer of CAF's has written, and never beyond.
class wire_reader {
public:
  explicit wire_reader(std::string_view x) : rest_(x) {
    // nop
  }

  std::optional<std::string_view> bytes(std::size_t n) {
    if (n > rest_.size())
      return std::nullopt;
    auto result = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return result;
  }

  std::optional<std::uint64_t> number(std::size_t size) {
    auto from = bytes(size);
    if (!from)
      return std::nullopt;
    std::uint64_t result = 0;
    for (auto c : *from)
      result = (result << 8) | static_cast<unsigned char>(c);
    return result;
  }

  /// Its size comes in pieces of seven bits.
  std::optional<std::string_view> text() {
    std::uint64_t size = 0;
    for (auto shift = 0; shift < 35; shift += 7) {
      auto piece = number(1);
      if (!piece)
        return std::nullopt;
      size |= (*piece & 0x7F) << shift;
      if ((*piece & 0x80) == 0)
        return bytes(static_cast<std::size_t>(size));
    }
    return std::nullopt;
  }

  /// Names of the types of a message: `@<>+first+second`. Nothing if there are
  /// none that CAF could read.
  std::optional<std::vector<std::string_view>> types() {
    auto no_number = number(2);
    auto names = text();
    if (no_number != 0u || !names || !names->starts_with("@<>")
        || names->size() > small)
      return std::nullopt;
    std::vector<std::string_view> result;
    for (auto rest = names->substr(3); !rest.empty();) {
      if (rest.front() != '+')
        return std::nullopt;
      rest.remove_prefix(1);
      auto name = rest.substr(0, rest.find('+'));
      if (name.empty())
        return std::nullopt;
      result.push_back(name);
      rest.remove_prefix(name.size());
    }
    return result;
  }

  std::string_view rest() const {
    return rest_;
  }

private:
  std::string_view rest_;
};

message_verdict good_if(bool x) {
  return x ? message_verdict::good : message_verdict::unwanted;
}

message_verdict check_ours(std::string_view type, std::size_t size) {
  if (contains(with_rows, type))
    return message_verdict::good;
  return good_if(
    size <= (contains(with_failures, type) ? most_failures : most_talk));
}

/// Links between nodes: nobody needs them, and CAF believes whoever says that
/// an actor has ended with which another one is linked.
message_verdict check_handle_behind_atom(wire_reader in) {
  auto atom = in.number(8);
  constexpr std::array links{caf::link_atom::uint_value(),
                             caf::unlink_atom::uint_value()};
  return good_if(std::find(links.begin(), links.end(), atom) == links.end());
}

} // namespace

std::string name_on_wire(const caf::node_id& x) {
  std::vector<char> result;
  caf::binary_serializer sink{nullptr, result};
  if (sink(x))
    return {};
  return {result.begin(), result.end()};
}

bool begins_with_name(std::string_view x) noexcept {
  wire_reader in{x};
  return x.size() >= node_name_size
         && in.number(8) == static_cast<std::uint64_t>(caf::atom("default"));
}

message_verdict check_message(std::string_view content, bool accepted) {
  wire_reader in{content};
  // Stages would have the answer led on to others, first of all by number.
  if (in.number(1) != 0u)
    return message_verdict::broken;
  auto types = in.types();
  if (!types)
    return message_verdict::broken;
  auto is_single = types->size() == 1;
  if (is_single && types->front() == "@error")
    return check_error(in.rest());
  if (is_single && types->front().starts_with("bqs::"))
    return accepted ? check_ours(types->front(), content.size())
                    : message_verdict::good;
  for (auto x : *types) {
    auto is_handle = contains(handles, x) && content.size() <= small;
    if (!is_handle && !is_plain(x) && (!is_own(x) || x.starts_with("bqs::")))
      return message_verdict::unwanted;
  }
  if (*types == std::vector<std::string_view>{"@atom", "@strong_actor_ptr"})
    return check_handle_behind_atom(in);
  return message_verdict::good;
}

message_verdict check_error(std::string_view content) {
  wire_reader in{content};
  auto code = in.number(1);
  auto category = in.number(8);
  auto quoted = in.types();
  if (!code || !category || !quoted)
    return message_verdict::broken;
  return good_if(content.size() <= small
                 && std::all_of(quoted->begin(), quoted->end(), is_plain));
}

} // namespace bqs
