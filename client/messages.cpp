#include "bqstreamer/messages.hpp"

namespace bqs {

std::string to_string(const row& x) {
  return "row(" + to_string(x.table) + ")";
}

std::string to_string(const failed_row& x) {
  return "failed_row(" + std::to_string(x.json.size()) + " bytes)";
}

std::string to_string(admission_code x) {
  switch (x) {
    case admission_code::accepted:
      return "accepted";
    case admission_code::overloaded:
      return "overloaded";
    case admission_code::draining:
      return "draining";
    case admission_code::block_too_large:
      return "block_too_large";
    case admission_code::malformed:
      return "malformed";
    case admission_code::conflict:
      return "conflict";
    case admission_code::not_supported:
      return "not_supported";
  }
  return "refused"; // by a newer node, for good
}

std::string to_string(standing_code x) {
  switch (x) {
    case standing_code::held:
      return "held";
    case standing_code::settled:
      return "settled";
    case standing_code::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string to_string(reply_code x) {
  switch (x) {
    case reply_code::ok:
      return "ok";
    case reply_code::not_supported:
      return "not_supported";
    case reply_code::malformed:
      return "malformed";
    case reply_code::denied:
      return "denied";
  }
  return "not_supported";
}

std::string to_string(table_state x) {
  switch (x) {
    case table_state::ok:
      return "ok";
    case table_state::throttled:
      return "throttled";
    case table_state::unavailable:
      return "unavailable";
    case table_state::missing:
      return "missing";
    case table_state::unauthorized:
      return "unauthorized";
    case table_state::paused:
      return "paused";
    case table_state::quarantined:
      return "quarantined";
  }
  return "unknown";
}

} // namespace bqs
