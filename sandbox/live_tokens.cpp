#include "sandbox/live_tokens.hpp"

#include <utility>

#include "sandbox/secrets.hpp"

namespace bqs::sandbox {

live_tokens::live_tokens(std::size_t most) : most_(most) {
  // nop
}

void live_tokens::add(std::string_view token, const std::string& account,
                      std::string_view grant, time_point expires,
                      time_point now) {
  prune(now);
  auto hash = sha256_hex(token);
  token_record x{hash, account, grant, expires, false};
  if (records_.try_emplace(hash, std::move(x)).second)
    order_.push_back(std::move(hash));
}

const token_record* live_tokens::find(std::string_view token) const {
  auto i = records_.find(sha256_hex(token));
  return i == records_.end() ? nullptr : &i->second;
}

std::size_t
live_tokens::revoke(const std::function<bool(const token_record&)>& is_meant) {
  std::size_t result = 0;
  for (auto& [hash, x] : records_)
    if (!x.revoked && is_meant(x)) {
      x.revoked = true;
      ++result;
    }
  return result;
}

std::vector<token_record> live_tokens::list(time_point now) const {
  std::vector<token_record> result;
  for (auto& hash : order_) {
    auto& x = records_.find(hash)->second;
    if (x.expires > now)
      result.push_back(x);
  }
  return result;
}

void live_tokens::prune(time_point now) {
  auto is_over = [&](const std::string& hash) {
    return records_.find(hash)->second.expires <= now;
  };
  while (!order_.empty()
         && (order_.size() >= most_ || is_over(order_.front()))) {
    records_.erase(order_.front());
    order_.pop_front();
  }
}

} // namespace bqs::sandbox
