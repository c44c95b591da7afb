#include "bqstreamer/appender.hpp"

#include <utility>

#include <caf/send.hpp>

#include "client/row_buffer.hpp"

namespace bqs {

namespace {

/// From here on the producer does not wait for more.
constexpr std::size_t enough_bytes = 1u << 20;
constexpr std::uint32_t enough_rows = 5000;

} // namespace

appender::appender(producer_actor to, table_ref table,
                   const caf::strong_actor_ptr& owner, std::size_t most_bytes)
  : to_(std::move(to)),
    rows_(new row_buffer{std::move(table), owner, most_bytes, {}, {}}) {
  // nop
}

bool appender::append(std::string_view json, std::string_view insert_id) {
  auto& x = *rows_;
  auto tell = false;
  auto urgent = false;
  {
    std::lock_guard lock{x.guard};
    auto size = x.rows.size();
    // A row that is larger than the buffer still passes alone.
    if (size > 0 && size + json.size() + insert_id.size() > x.most_bytes)
      return false;
    x.rows.add(json, insert_id);
    urgent = !x.urgent
             && (x.rows.rows() >= enough_rows || x.rows.size() >= enough_bytes);
    tell = !std::exchange(x.announced, true) || urgent;
    x.urgent = x.urgent || urgent;
  }
  if (tell)
    caf::anon_send(to_, rows_waiting{rows_, urgent});
  return true;
}

} // namespace bqs
