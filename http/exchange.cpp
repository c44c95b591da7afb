#include "http/exchange.hpp"

namespace bqs::http {

bool exchange::stopped() {
  result.cancelled = patience.cancelled();
  result.timed_out = !result.cancelled && patience.expired();
  return result.cancelled || result.timed_out;
}

void exchange::note(const guarded_stream& stream) {
  written = stream.written();
  received = stream.received();
  stood_still = stream.stood_still();
  leftover = stream.has_leftover();
  at_empty_line = stream.at_empty_line();
  if (fault.empty())
    fault = stream.fault();
  result.body_written = stream.body_written();
  result.early = stream.early();
  result.timed_out = stream.timed_out();
  result.cancelled = stream.cancelled();
  result.answer_too_large |= stream.too_large();
}

void exchange::conclude(bool whole) {
  // The library takes a chunk that is longer than it says for the last one.
  if (whole && frame.chunked && !at_empty_line) {
    whole = false;
    fault = "a chunk of the answer is longer than it says";
  }
  result.reach = how_far(whole);
  result.error = story();
  if (!whole)
    result.body.clear();
}

reach exchange::how_far(bool whole) const {
  if (whole)
    return reach::answered;
  if (received > 0)
    return reach::answer_cut;
  if (written == 0)
    return reach::not_sent;
  return result.body_written == body_size ? reach::body_sent : reach::body_cut;
}

std::string exchange::cause() const {
  if (result.cancelled)
    return "cancelled";
  if (stood_still.count() > 0)
    return "timed out, nothing moved for " + std::to_string(stood_still.count())
           + " ms";
  if (result.timed_out)
    return "timed out after " + std::to_string(limit.count()) + " ms";
  if (result.answer_too_large)
    return "it is too large";
  return fault.empty() ? "the peer closed the connection" : fault;
}

std::string exchange::story() const {
  switch (result.reach) {
    case reach::answered:
      return {};
    case reach::not_sent:
      return "nothing sent: " + (fault.empty() ? cause() : fault);
    case reach::body_cut:
      return "cut after " + std::to_string(result.body_written) + " of "
             + std::to_string(body_size) + " bytes of the body: " + cause();
    case reach::body_sent:
      return "no answer: " + cause();
    case reach::answer_cut:
      return "no whole answer: " + cause();
  }
  return {};
}

} // namespace bqs::http
