#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace bqs {

/// Producers send no larger block, and what is smaller the guard lets in: it is
/// for the gate to refuse, which says why, else it would be sent again and
/// again. In bytes; rows that BigQuery takes have 10 MB at most.
inline constexpr std::size_t most_sent = 20u << 20;

/// How many bytes the messages of peers may have. The limits rise with the
/// blocks that somebody takes, and never fall.
class message_limits {
public:
  /// From now on whoever has come to us may send blocks of this size.
  void allow_blocks(std::size_t bytes) noexcept;

  /// Of one message. From whoever has come to us two of the largest block that
  /// was named (20 MiB at least), and 1 MiB; as long as none was, and from
  /// nodes that we have called, which send failed rows, 64 MiB.
  std::uint32_t of_one(bool outgoing) const noexcept;

  /// Of all together: there is always room for some of the largest.
  std::uint64_t of_all() const noexcept;

private:
  /// 0: nobody has said.
  std::atomic<std::uint32_t> accepted_{0};
};

} // namespace bqs
