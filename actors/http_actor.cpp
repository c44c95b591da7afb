#include "actors/http_actor.hpp"

#include <ctime>
#include <optional>
#include <string>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/crash_place.hpp"
#include "http/classify.hpp"
#include "http/compressor.hpp"
#include "http/connection.hpp"
#include "http/redact.hpp"

namespace bqs {

using namespace internal;

namespace {

/// What fits into one packet anyway is not worth the work.
constexpr std::size_t least_compressed = 1024;

local_fault describe(std::uint32_t index, const http::row_verdict_at& x) {
  using http::row_fault;
  auto reason = "malformed";
  switch (x.fault) {
    case row_fault::too_large:
      reason = "too_large";
      break;
    case row_fault::insert_id_too_long:
    case row_fault::insert_id_invalid:
      reason = "invalid_insert_id";
      break;
    default:
      break;
  }
  return {index, reason,
          std::string{http::describe(x.fault)} + " (byte "
            + std::to_string(x.position) + ")"};
}

struct http_state {
  static inline const char* name = "http";

  http_options options;
  token_actor tokens;
  std::shared_ptr<http::connection> link;
  http::body_builder builder;
  /// Only if it is wanted: it is half a megabyte.
  std::optional<http::compressor> packer;
  access token;
  /// Of each request, with the token; of those that are packed.
  http::header_block fields;
  http::header_block packed_fields;

  bool is_refused() const {
    return token.refused && *token.refused;
  }

  /// The token actor gives the old token until its end: where it gives none, or
  /// the one that was refused, there is none to send, and it says why.
  bool has_token() const {
    return token.generation != 0 && !is_refused();
  }

  bool needs_token(time_point now) const {
    return !has_token() || now >= token.renew_at;
  }

  void take(access fresh) {
    token = std::move(fresh);
    http::connection::headers all{
      {"Content-Type", "application/json"},
      {"User-Agent", "bqstreamer/" BQS_VERSION " (gzip)"},
      {"x-goog-api-client", "gl-cpp/20 bqstreamer/" BQS_VERSION}};
    if (!token.value.empty())
      all.emplace_back("Authorization", "Bearer " + token.value);
    if (!token.quota_project.empty())
      all.emplace_back("x-goog-user-project", token.quota_project);
    fields = all;
    all.emplace_back("Content-Encoding", "gzip");
    packed_fields = all;
  }

  job_result run(const job& x) {
    auto& sent = *x.rows;
    auto packed = pack(builder, sent, x.to->insert);
    auto result = std::make_shared<batch_result>();
    result->number = sent.number;
    result->faults = std::move(packed.faults);
    result->unsent_from = packed.unsent_from;
    if (builder.rows() == 0) {
      result->outcome.verdict = http::verdict::stored; // all none of them
    } else if (!has_token()) {
      result->outcome.cause = http::cause::bad_token;
      result->outcome.reason = "no_token";
      result->outcome.message = token.error;
    } else {
      result->outcome = exchange(x);
      if (!packed.positions.empty())
        for (auto& row : result->outcome.rows)
          row.index = packed.positions[row.index];
    }
    return {x.lane, std::move(result)};
  }

  /// The service could say our token back to us, and to whoever reads logs;
  /// and rows, where it speaks of the whole request. What it says of a row goes
  /// with the row.
  void conceal(http::outcome& x, std::string_view body) const {
    constexpr std::size_t no_chance = 16; // rows are made of common words
    auto hide = [this](std::string& text) {
      if (!token.value.empty() && !text.empty())
        text = http::redact(text, {token.value});
    };
    for (auto* text : {&x.reason, &x.message, &x.location}) {
      hide(*text);
      if (!text->empty())
        *text = http::redact(*text, {body}, no_chance);
    }
    for (auto& row : x.rows) {
      if (row.verdict == http::row_verdict::again)
        continue; // nobody is told its words, and they may be many
      hide(row.reason);
      hide(row.message);
      hide(row.location);
    }
  }

  http::outcome exchange(const job& x) {
    http::exchange_limits limits;
    limits.total = options.timeout;
    limits.answer_bytes = options.max_answer_bytes;
    auto rows = builder.finish();
    auto body = rows;
    auto* head = &fields;
    if (packer && rows.size() >= least_compressed)
      if (auto packed = packer->gzip(rows); !packed.empty()) {
        head = &packed_fields;
        body = packed;
      }
    auto answer = link->post(x.to->path, *head, body, limits);
    auto result
      = http::classify(answer, {builder.rows(), x.to->insert.skip_invalid_rows,
                                std::time(nullptr)});
    if (result.cause == http::cause::bad_token && token.refused)
      *token.refused = true;
    conceal(result, rows);
    return result;
  }
};

http_actor::behavior_type
http_behavior(http_actor::stateful_pointer<http_state> self,
              const http_options& options, token_actor tokens,
              std::shared_ptr<http::connection> link) {
  auto& state = self->state;
  state.options = options;
  if (options.compress)
    state.packer.emplace();
  state.tokens = std::move(tokens);
  state.link = std::move(link);
  self->set_default_handler(caf::drop);
  name_crashes(self);
  return {
    [self](const job& x) -> caf::result<job_result> {
      auto& s = self->state;
      if (!s.needs_token(self->clock().now()))
        return s.run(x);
      auto promise = self->make_response_promise<job_result>();
      auto finish = [self, x, promise](access fresh) mutable {
        self->state.take(std::move(fresh));
        promise.deliver(self->state.run(x));
      };
      auto refused = s.is_refused() ? s.token.generation : 0;
      self->request(s.tokens, longest_token_wait, caf::get_atom_v, refused)
        .await(finish, [finish](caf::error&) mutable {
          finish({{}, 0, "the token actor did not answer", {}, {}});
        });
      return promise;
    },
  };
}

} // namespace

packed_batch pack(http::body_builder& builder, const batch& rows,
                  const insert_options& options) {
  packed_batch result;
  http::body_options members{options.skip_invalid_rows,
                             options.ignore_unknown_values,
                             options.template_suffix, options.trace_id};
  auto& suffix = rows.slices.front().source->rows.table.suffix;
  if (!suffix.empty())
    members.template_suffix = suffix;
  builder.start(members);
  std::uint32_t at = 0;
  std::string prefix; // of insert ids, by the stream
  const stream_id* stream = nullptr;
  for (auto& x : rows.slices) {
    auto& from = x.source->rows;
    auto& bytes = *from.bytes;
    if (options.ids == insert_ids::automatic
        && (!stream || *stream != from.stream)) {
      stream = &from.stream;
      prefix = to_string(*stream) + "-";
    }
    for (auto i = x.rows.from; i < x.rows.to; ++i, ++at) {
      auto own
        = options.ids == insert_ids::none ? std::string_view{} : bytes.id(i);
      auto done = own.empty() && !prefix.empty()
                    ? builder.append(bytes.row(i), prefix, from.first + i)
                    : builder.append(bytes.row(i), own);
      if (done == http::append_result::full) {
        result.unsent_from = at;
        return result;
      }
      if (done == http::append_result::bad) {
        if (result.faults.empty())
          for (std::uint32_t k = 0; k < at; ++k)
            result.positions.push_back(k);
        result.faults.push_back(describe(at, builder.fault()));
      } else if (!result.faults.empty()) {
        result.positions.push_back(at);
      }
    }
  }
  result.unsent_from = at;
  return result;
}

http_worker spawn_http_actor(caf::actor_system& sys,
                             const http_options& options, token_actor tokens) {
  auto link = std::make_shared<http::connection>(options.where, options.how);
  auto handle
    = sys.spawn<caf::detached>(http_behavior, options, std::move(tokens), link);
  return {handle, [link] { link->cancel(); }};
}

} // namespace bqs
