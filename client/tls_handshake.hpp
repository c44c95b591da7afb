#pragma once

#include <functional>

namespace bqs {

/// Has OpenSSL tell of the TLS handshakes of this process from here on; CAF
/// does not.
void follow_handshakes();

/// Whether the handshake at this socket has begun, and waits for the other end.
bool is_in_handshake(int fd);

/// For a socket that is in its handshake: calls `then` when that is done, in
/// the thread that did it, behind what came here before. Never if it fails.
void after_handshake(int fd, std::function<void()> then);

} // namespace bqs
