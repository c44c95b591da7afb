#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace bqs {

/// The bytes that a node may hold. Any thread may reserve; a reservation is
/// one atomic step and never exceeds the limit; a charge may.
class budget {
public:
  explicit budget(std::size_t limit) noexcept : limit_(limit) {
    // nop
  }

  bool reserve(std::size_t bytes) noexcept {
    auto used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > limit_ || used > limit_ - bytes)
        return false;
    } while (!used_.compare_exchange_weak(used, used + bytes,
                                          std::memory_order_relaxed));
    return true;
  }

  /// Counts what cannot be refused any more, over the limit if need be.
  void charge(std::size_t bytes) noexcept {
    used_.fetch_add(bytes, std::memory_order_relaxed);
  }

  void release(std::size_t bytes) noexcept {
    used_.fetch_sub(bytes, std::memory_order_relaxed);
  }

  std::size_t used() const noexcept {
    return used_.load(std::memory_order_relaxed);
  }

  std::size_t limit() const noexcept {
    return limit_;
  }

private:
  std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

/// Bytes that leases of one kind hold together. Any thread may change it.
class meter {
public:
  void add(std::size_t bytes) noexcept {
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }

  void take(std::size_t bytes) noexcept {
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  }

  std::size_t bytes() const noexcept {
    return bytes_.load(std::memory_order_relaxed);
  }

private:
  std::atomic<std::size_t> bytes_{0};
};

/// Bytes of a budget that were reserved; gives them back at its end.
class lease {
public:
  lease() = default;

  /// Adopts bytes that are reserved already.
  lease(std::shared_ptr<budget> owner, std::size_t bytes) noexcept
    : owner_(std::move(owner)), bytes_(bytes) {
    // nop
  }

  lease(lease&& x) noexcept
    : owner_(std::move(x.owner_)), charged_(std::move(x.charged_)),
      bytes_(std::exchange(x.bytes_, 0)) {
    // nop
  }

  lease& operator=(lease&& x) noexcept {
    std::swap(owner_, x.owner_);
    std::swap(charged_, x.charged_);
    std::swap(bytes_, x.bytes_);
    return *this;
  }

  ~lease() {
    give_back(bytes_);
  }

  /// Counts what it holds on `x` too, until it gives it back. Once at most.
  void charge(std::shared_ptr<meter> x) noexcept {
    charged_ = std::move(x);
    charged_->add(bytes_);
  }

  /// Takes over what `x` holds, of the same budget and charged to the same.
  void merge(lease x) noexcept {
    if (!owner_) {
      owner_ = x.owner_;
      charged_ = x.charged_;
    }
    bytes_ += std::exchange(x.bytes_, 0);
  }

  /// Gives back what exceeds `bytes`.
  void shrink(std::size_t bytes) noexcept {
    if (bytes < bytes_)
      give_back(std::exchange(bytes_, bytes) - bytes);
  }

  std::size_t bytes() const noexcept {
    return bytes_;
  }

private:
  void give_back(std::size_t bytes) noexcept {
    if (!owner_ || bytes == 0)
      return;
    owner_->release(bytes);
    if (charged_)
      charged_->take(bytes);
  }

  std::shared_ptr<budget> owner_;
  std::shared_ptr<meter> charged_;
  std::size_t bytes_ = 0;
};

} // namespace bqs
