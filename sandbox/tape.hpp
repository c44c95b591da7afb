#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bqs::sandbox {

enum class json_kind : std::uint8_t {
  null,
  no,
  yes,
  /// A number without fraction and exponent, of any length.
  integer,
  /// Any other number.
  decimal,
  string,
  array,
  object,
  /// The name of a member; its value follows.
  key,
};

/// A whole JSON text, flat in document order: 16 bytes for each value and no
/// allocation of its own. Numbers keep their digits, so that nothing is lost
/// before the column's type is known.
class tape {
public:
  struct node {
    std::uint32_t offset;
    std::uint32_t length;
    /// The node after this one and all that it contains.
    std::uint32_t next;
    json_kind kind;
  };

  /// One value of a tape; valid as long as the tape.
  class view {
  public:
    view(const tape& whole, std::uint32_t at) : whole_(&whole), at_(at) {
      // nop
    }

    json_kind kind() const {
      return self().kind;
    }

    bool is(json_kind x) const {
      return kind() == x;
    }

    bool is_number() const {
      return is(json_kind::integer) || is(json_kind::decimal);
    }

    /// Returns the characters of a string, the digits of a number, or the
    /// word of a literal; empty for the rest.
    std::string_view text() const;

    /// Returns a member of an object; the last one if there are several.
    std::optional<view> find(std::string_view name) const;

    /// Calls `f(std::string_view name, view value)` for each member.
    template <class F>
    void each_member(F f) const {
      for (auto i = at_ + 1; i < self().next; i = whole_->nodes_[i + 1].next)
        f(view{*whole_, i}.text(), view{*whole_, i + 1});
    }

    /// Calls `f(view value)` for each element of an array.
    template <class F>
    void each_element(F f) const {
      for (auto i = at_ + 1; i < self().next; i = whole_->nodes_[i].next)
        f(view{*whole_, i});
    }

    /// Where on the tape; a number that names the value.
    std::uint32_t position() const {
      return at_;
    }

    /// Returns another value of the same tape by its position.
    view sibling(std::uint32_t position) const {
      return {*whole_, position};
    }

  private:
    const node& self() const {
      return whole_->nodes_[at_];
    }

    const tape* whole_;
    std::uint32_t at_;
  };

  /// Reads a text with at most `max_depth` levels of nesting. Returns a line
  /// that says what is wrong otherwise.
  static std::variant<tape, std::string> parse(std::string_view text,
                                               std::size_t max_depth);

  view root() const {
    return {*this, 0};
  }

  view at(std::uint32_t position) const {
    return {*this, position};
  }

private:
  friend class tape_builder;

  std::vector<node> nodes_;
  std::string chars_;
};

} // namespace bqs::sandbox
