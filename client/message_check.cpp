#include "client/message_check.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <caf/atom.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/node_id.hpp>

namespace bqs {

namespace {

/// Some thousand nested messages, which a stack holds many times.
constexpr std::size_t small = 16u << 10;

/// Of the protocol's messages, unless they hold rows to be stored.
constexpr std::size_t most_but_rows = 4u << 20;

/// Of all types of a message.
constexpr std::size_t most_type_names = 4096;

constexpr auto stranger = "it does not speak the protocol";
constexpr auto trap = "its message could be a trap";

/// CAF's own types that take about the memory that they take on the wire. All
/// begin with `@`; sorted.
constexpr std::array<std::string_view, 22> flat{"@actor",
                                                "@addr",
                                                "@atom",
                                                "@charbuf",
                                                "@duration",
                                                "@i16",
                                                "@i32",
                                                "@i64",
                                                "@i8",
                                                "@ldouble",
                                                "@node",
                                                "@str",
                                                "@strong_actor_ptr",
                                                "@timespan",
                                                "@timestamp",
                                                "@u16",
                                                "@u16str",
                                                "@u32",
                                                "@u32str",
                                                "@u64",
                                                "@u8",
                                                "@unit"};

static_assert(std::is_sorted(flat.begin(), flat.end()));

bool is_flat(std::string_view type) {
  return !type.starts_with('@')
         || std::binary_search(flat.begin(), flat.end(), type);
}

/// Whether it is a message of our protocol, and none of rows to be stored.
bool is_talk(std::string_view types) {
  return types.starts_with("@<>+bqs::") && types != "@<>+bqs::block"
         && types != "@<>+bqs::row" && types != "@<>+bqs::push";
}

/// Whether a group could be in it, however deep.
bool names_group(const std::vector<char>& content) {
  return std::string_view{content.data(), content.size()}.find("@group")
         != std::string_view::npos;
}

} // namespace

const char* check_message(caf::execution_unit* context,
                          const std::vector<char>& content,
                          const caf::node_id& speaker, bool accepted) {
  // Stages would have the answer led on to others, first of all by number.
  if (content.empty() || content.front() != 0)
    return stranger;
  caf::binary_deserializer source{context, content.data() + 1,
                                  content.size() - 1};
  std::uint16_t no_number = 0;
  std::string types;
  if (source(no_number, types) || no_number != 0 || !types.starts_with("@<>"))
    return stranger;
  if (types.size() > most_type_names)
    return trap;
  if (accepted && content.size() > most_but_rows && is_talk(types))
    return trap;
  auto all_flat = true;
  for (auto rest = std::string_view{types}.substr(3); !rest.empty();) {
    rest.remove_prefix(1); // the plus
    auto type = rest.substr(0, rest.find('+'));
    all_flat = all_flat && is_flat(type);
    rest.remove_prefix(type.size());
  }
  if (!all_flat && (content.size() > small || names_group(content)))
    return trap;
  if (types != "@<>+@atom+@strong_actor_ptr")
    return nullptr;
  std::uint64_t atom = 0;
  std::uint64_t actor = 0;
  caf::node_id node;
  if (source(atom, actor, node))
    return stranger;
  auto links = atom == caf::link_atom::uint_value()
               || atom == caf::unlink_atom::uint_value();
  return links && node != speaker ? trap : nullptr;
}

const char* check_end(const std::vector<char>& content) {
  return content.size() > small || names_group(content) ? trap : nullptr;
}

} // namespace bqs
