#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include <caf/io/connection_handle.hpp>

namespace bqs {

/// How much memory peers make us hold: for what they have announced and not
/// sent yet, and for what they have not read. Says who is to be cut off when
/// either is too much in sum; what that one has there counts no more.
class peer_memory {
public:
  using peer = caf::io::connection_handle;

  /// A message of a peer begins, and is the only one that it is sending.
  void announce(peer who, std::uint32_t bytes);

  /// All of it has come.
  void arrived(peer who) noexcept;

  /// Returns whose message has been on its way for longest if all that are,
  /// and one of this size, have more than `most` bytes. Else a few who announce
  /// and do not send would keep everybody out.
  std::optional<peer> drop_slowest(std::uint32_t size, std::uint64_t most);

  /// So many more bytes wait for a peer. Returns how many that makes.
  std::uint64_t add_unread(peer who, std::uint64_t bytes);

  /// So many wait for it by now.
  void set_unread(peer who, std::uint64_t bytes);

  /// Returns who leaves most unread if all together leave more than `most`.
  std::optional<peer> drop_greediest(std::uint64_t most);

  /// A peer is gone.
  void forget(peer who) noexcept;

  /// In sum; for tests.
  std::uint64_t announced() const noexcept {
    return announced_;
  }

  std::uint64_t unread() const noexcept {
    return unread_;
  }

private:
  struct share {
    std::uint32_t announced = 0;
    /// The how manieth of all messages this is.
    std::uint64_t message = 0;
    std::uint64_t unread = 0;
  };

  std::unordered_map<peer, share> shares_;
  std::uint64_t messages_ = 0;
  std::uint64_t announced_ = 0;
  std::uint64_t unread_ = 0;
};

} // namespace bqs
