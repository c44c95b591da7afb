#include "sandbox/service.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

#include "sandbox/errors.hpp"
#include "sandbox/list_data.hpp"
#include "sandbox/resources.hpp"

namespace bqs::sandbox {

namespace {

std::string full_name(const table_name& at) {
  return at.dataset + "." + without_decorator(at.table);
}

/// Returns the answer that a fault gives instead of the method.
reply fault_reply(const fault& x) {
  auto status = x.status.value_or(500);
  auto reason
    = x.reason.empty() ? std::string{default_reason(status)} : x.reason;
  auto words
    = x.message.empty() ? std::string{default_message(reason)} : x.message;
  reply result;
  if (x.body == fault_body::json) {
    result = envelope({status, reason, words, {}, {}, {}});
  } else if (x.body == fault_body::html) {
    result = web_page(status);
  } else {
    result.status = status;
  }
  if (x.retry_after)
    result.headers.emplace_back("Retry-After", std::to_string(*x.retry_after));
  return result;
}

reply reset_reply() {
  reply result;
  result.status = 0;
  result.end = ending::reset;
  return result;
}

} // namespace

service::service(options o)
  : opts(std::move(o)), rows(opts.data), all(rows),
    tables(all, rows, opts.clock, opts.project), faults(opts.seed),
    inserts_(opts, all, tables, rows, counts) {
  faults.set(opts.faults);
  if (!opts.require_token.empty())
    tokens_.emplace({opts.require_token});
}

service::call service::begin(const request& head) {
  call result;
  result.where = find_route(head.method, head.path);
  if (!result.where || !is_service_method(result.where->method))
    return result;
  auto name = full_name(result.where->at);
  result.plan = faults.draw(result.where->method, name);
  auto& outcome = result.plan.outcome;
  if (outcome && outcome->early) {
    wait(result.plan.latency);
    result.early = fault_reply(*outcome);
    result.early->end = ending::close;
    if (result.where->method == api_method::insert_all)
      counts.count_request(name, result.early->status);
  }
  return result;
}

reply service::finish(const call& c, const request& x, body_state body) {
  std::string target = c.where ? full_name(c.where->at) : "";
  reply result;
  try {
    result = answer(c, x, body, target);
  } catch (const refusal& why) {
    result = envelope(why);
  } catch (const std::exception&) {
    // The database is locked or full: try again later.
    result = envelope(internal_error());
  }
  if (body == body_state::huge || body == body_state::unreadable)
    result.end = result.end == ending::reset ? ending::reset : ending::close;
  if (c.where && c.where->method == api_method::insert_all)
    counts.count_request(target, result.status);
  return result;
}

void service::stop() {
  std::lock_guard guard{mutex_};
  stopping_ = true;
  stopped_.notify_all();
}

void service::accept_only(std::vector<std::string> tokens) {
  std::lock_guard guard{mutex_};
  tokens_.emplace(tokens.begin(), tokens.end());
}

void service::accept_any() {
  std::lock_guard guard{mutex_};
  tokens_.reset();
}

reply service::answer(const call& c, const request& x, body_state body,
                      std::string& target) {
  if (!c.where)
    throw no_such_method();
  if (is_service_method(c.where->method))
    check_token(x);
  if (!wait(c.plan.latency))
    return reset_reply();
  auto& outcome = c.plan.outcome;
  if (outcome && outcome->reset == reset_point::before)
    return reset_reply();
  if (outcome && outcome->status && !outcome->commit)
    return fault_reply(*outcome);
  if (body == body_state::huge)
    return web_page(413);
  if (body == body_state::too_large)
    throw body_too_large(opts.limits.body_bytes);
  if (body == body_state::unreadable)
    throw not_json("The body could not be decoded.");
  auto result = perform(c, x, target);
  if (outcome && outcome->reset == reset_point::after)
    return reset_reply();
  if (outcome && outcome->status)
    return fault_reply(*outcome);
  return result;
}

reply service::perform(const call& c, const request& x, std::string& target) {
  auto& at = c.where->at;
  switch (c.where->method) {
    case api_method::datasets_insert:
      return tables.insert_dataset(at, x);
    case api_method::datasets_list:
      return tables.list_datasets(at, x);
    case api_method::datasets_get:
      return tables.get_dataset(at);
    case api_method::datasets_patch:
      return tables.patch_dataset(at, x);
    case api_method::datasets_delete:
      return tables.delete_dataset(at, x);
    case api_method::tables_insert:
      return tables.insert_table(at, x);
    case api_method::tables_list:
      return tables.list_tables(at, x);
    case api_method::tables_get:
      return tables.get_table(at);
    case api_method::tables_patch:
      return tables.patch_table(at, x);
    case api_method::tables_delete:
      return tables.delete_table(at);
    case api_method::insert_all:
      return inserts_.run(at, x.body, c.plan, target);
    case api_method::list_data: {
      auto from = all.find(at.dataset, at.table);
      if (!from)
        throw table_not_found(at);
      return list_data(*from, rows, x);
    }
    case api_method::faults_get:
      return json_reply(faults.list());
    case api_method::faults_set:
      return set_faults(x);
    case api_method::faults_clear:
      faults.set({});
      return json_reply(faults.list());
    case api_method::ledger_get: {
      reply result;
      result.body = counts.render();
      return result;
    }
    case api_method::ledger_clear: {
      counts.clear();
      reply result;
      result.body = counts.render();
      return result;
    }
  }
  throw no_such_method();
}

reply service::set_faults(const request& x) {
  auto list = nlohmann::json::parse(x.body, nullptr, false);
  if (!list.is_array())
    throw invalid("want a JSON list of fault texts");
  std::vector<fault> fresh;
  for (auto& spec : list) {
    if (!spec.is_string())
      throw invalid("want a JSON list of fault texts");
    auto parsed = parse_fault(spec.get_ref<const std::string&>());
    if (auto words = std::get_if<std::string>(&parsed))
      throw invalid(*words);
    fresh.push_back(std::get<fault>(std::move(parsed)));
  }
  faults.set(std::move(fresh));
  return json_reply(faults.list());
}

void service::check_token(const request& x) const {
  constexpr std::string_view scheme = "Bearer ";
  std::lock_guard guard{mutex_};
  if (!tokens_)
    return;
  if (!x.authorization.starts_with(scheme)
      || !tokens_->contains(x.authorization.substr(scheme.size())))
    throw bad_token();
}

bool service::wait(std::chrono::milliseconds latency) {
  if (latency.count() == 0)
    return true;
  std::unique_lock guard{mutex_};
  return !stopped_.wait_for(guard, latency, [this] { return stopping_; });
}

} // namespace bqs::sandbox
