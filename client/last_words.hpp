#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace bqs {

/// Bounds how long a process that ends waits for its peers to read.
class last_words {
public:
  using sockets = std::vector<int>;

  last_words() = default;
  last_words(const last_words&) = delete;
  last_words& operator=(const last_words&) = delete;

  ~last_words();

  /// Shuts these sockets down after two seconds, in a thread of its own. They
  /// may be closed before: it keeps descriptors of its own, and shuts down at
  /// once where it gets none. To be called once.
  void begin(const sockets& waiting);

  /// Nobody waits any more.
  void end();

private:
  std::mutex guard_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

} // namespace bqs
