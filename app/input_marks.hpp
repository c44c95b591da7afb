#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "app/checkpoint.hpp"
#include "app/row_origins.hpp"

namespace bqs::app {

/// All inputs of a run: what they are called, how far each was read, and from
/// that and the rows under way, how far each is settled.
class input_marks {
public:
  /// Adds an input that is read from `x.settled` on; returns its number, which
  /// is that of before if a finished file came back. What was known of another
  /// file with its inode is forgotten.
  std::uint32_t add(std::string name, checkpoint_entry x);

  /// What the input is called in front of people.
  const std::string& name(std::uint32_t input) const;

  /// What begins the insert ids that are made for its rows.
  const std::string& id(std::uint32_t input) const;

  /// Every row before `x` was passed on.
  void read_to(std::uint32_t input, const input_position& x);

  /// The file has got a longer head.
  void identify(std::uint32_t input, const file_identity& x);

  /// The input was read to its end, and nothing can be added to it.
  void finish(std::uint32_t input);

  /// The input is gone for good: what is not settled cannot be read again.
  void drop(std::uint32_t input);

  /// Whether an input was added since `settled` was called last: its id must
  /// be in safety before its rows are sent.
  bool unsaved() const noexcept {
    return unsaved_;
  }

  /// Takes over what an earlier run knows of files that are not read now.
  void keep(checkpoint_entry x) {
    kept_.push_back(std::move(x));
  }

  /// Returns how far each input is settled. Forgets inputs that are finished,
  /// but for the last few of each path.
  /// @param open where the rows stand that are not settled, or rows before them
  template <class... Open>
  checkpoint settled(const Open&... open) {
    std::map<std::uint32_t, input_position> lowest;
    [[maybe_unused]] auto lower = [&lowest](const row_origin& x) {
      input_position here{x.offset, x.line - 1};
      auto [i, added] = lowest.emplace(x.input, here);
      if (!added && here.offset < i->second.offset)
        i->second = here;
    };
    (open.visit(lower), ...);
    return settle(lowest);
  }

private:
  struct tracked {
    std::string name;
    checkpoint_entry entry;
    bool finished = false;
    bool dropped = false;
  };

  checkpoint settle(const std::map<std::uint32_t, input_position>& lowest);
  void prune();

  std::uint32_t next_ = 0;
  bool unsaved_ = false;
  checkpoint kept_;
  std::map<std::uint32_t, tracked> inputs_;
};

} // namespace bqs::app
