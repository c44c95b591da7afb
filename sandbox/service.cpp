#include "sandbox/service.hpp"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <new>
#include <stdexcept>
#include <typeinfo>

#include <nlohmann/json.hpp>

#include "sandbox/errors.hpp"
#include "sandbox/fault_list.hpp"
#include "sandbox/fault_words.hpp"
#include "sandbox/field_mask.hpp"
#include "sandbox/list_data.hpp"
#include "sandbox/resources.hpp"
#include "sandbox/secrets.hpp"
#include "sandbox/times.hpp"

namespace bqs::sandbox {

namespace {

std::string full_name(const table_name& at) {
  return at.dataset + "." + without_decorator(at.table);
}

/// Returns what the ledger calls an answer.
std::string outcome_of(const reply& x) {
  if (x.end == ending::reset)
    return "reset " + x.note;
  auto result = std::to_string(x.status);
  if (!x.note.empty())
    result += " " + x.note;
  if (x.how.truncates())
    result += " truncated";
  if (x.how.stall.count() > 0)
    result += " stalled";
  if (x.how.drip > 0)
    result += " dripped";
  return result;
}

/// Names what a method that makes something is about to make.
route with_new_name(route where, const request& x) {
  auto makes_table = where.method == api_method::tables_insert;
  if (!makes_table && where.method != api_method::datasets_insert)
    return where;
  auto body = nlohmann::ordered_json::parse(x.body, nullptr, false);
  if (body.is_object() && makes_table)
    where.at.table = id_in(body, "tableReference", "tableId");
  else if (body.is_object())
    where.at.dataset = id_in(body, "datasetReference", "datasetId");
  return where;
}

/// Returns the answer that a fault gives instead of the method.
reply fault_reply(const fault& x, const route& where,
                  std::chrono::system_clock::time_point now) {
  auto status = x.status.value_or(500);
  reply result;
  if (x.body == fault_body::json) {
    auto words = words_for(status, x.reason, where);
    if (!x.message.empty())
      words.message = words.detail_message = x.message;
    result = envelope(words);
  } else if (x.body == fault_body::html) {
    result = web_page(status);
  } else {
    result.status = status;
    result.note = "empty";
  }
  if (x.retry_after) {
    auto value = x.retry_after_date
                   ? http_date(now + std::chrono::seconds{*x.retry_after})
                   : std::to_string(*x.retry_after);
    result.headers.emplace_back("Retry-After", value);
  }
  return result;
}

/// Reads what is posted: a JSON list of faults, or one a line.
fault_list read_faults(const std::string& body) {
  if (body.find_first_not_of(" \t\r\n") == std::string::npos)
    return "want faults, a JSON list or one a line; DELETE removes all";
  auto list = nlohmann::json::parse(body, nullptr, false);
  if (list.is_discarded() && body.front() != '[')
    return parse_fault_lines(body, "body");
  if (!list.is_array())
    return "want a JSON list of fault texts";
  std::vector<fault> result;
  for (auto& spec : list) {
    if (!spec.is_string())
      return "want a JSON list of fault texts";
    auto parsed = parse_faults(spec.get_ref<const std::string&>());
    if (auto words = std::get_if<std::string>(&parsed))
      return std::move(*words);
    auto& some = std::get<std::vector<fault>>(parsed);
    std::move(some.begin(), some.end(), std::back_inserter(result));
  }
  return result;
}

/// Whether it is where results of queries can be read.
bool is_result(const table_name& at) {
  return at.dataset == results_dataset;
}

reply reset_reply(const char* when) {
  reply result;
  result.note = when;
  result.status = 0;
  result.end = ending::reset;
  return result;
}

/// Returns the answer to a body that is not whole.
reply refuse_body(const options& opts, body_state body) {
  auto disguise = opts.too_large;
  if (body == body_state::unreadable)
    throw not_json("The body could not be decoded.");
  if (body == body_state::unknown_coding)
    throw unknown_coding();
  if (body == body_state::late)
    throw late_body();
  if (disguise == size_disguise::reset)
    return reset_reply("too large");
  if (body == body_state::huge || disguise == size_disguise::page_413)
    return web_page(413);
  if (disguise == size_disguise::page_400)
    return web_page(400);
  throw body_too_large(opts.limits.body_bytes);
}

options checked(options x) {
  if (x.store == row_store::none && !x.data.empty())
    throw std::runtime_error("without a store there is no data directory");
  if (!is_project_id(x.project))
    throw std::runtime_error("project " + x.project
                             + ": want letters, digits and -._: only");
  return x;
}

query_limits limits_of(const options& x) {
  query_limits result;
  result.has_rows = x.store != row_store::none;
  return result;
}

/// Says what failed. The words of SQLite hold no values; those of the JSON
/// library may.
std::string kind_of(const std::exception& x) {
  if (dynamic_cast<const std::runtime_error*>(&x) != nullptr)
    return x.what();
  if (dynamic_cast<const std::bad_alloc*>(&x) != nullptr)
    return "out of memory";
  return typeid(x).name();
}

/// Whether a fault can mean it.
bool may_fail(api_method x) {
  return is_service_method(x) || is_token_method(x);
}

/// Tells the office who gets tokens from the start.
void open_office(token_office& office, const options& opts) {
  for (auto& text : opts.credentials)
    if (auto why = office.register_credential(text); !why.empty())
      throw std::runtime_error("credential: " + why);
  office.set_lifetime(opts.token_lifetime);
  if (opts.strict_tokens)
    office.set_mode(token_mode::strict);
  if (!opts.require_token.empty())
    office.accept_only({opts.require_token});
}

} // namespace

service::service(options o)
  : opts(checked(std::move(o))), rows(opts.data), all(rows),
    tables(all, rows, opts.clock, opts.project),
    faults(opts.seed, opts.clock, &tables.history()),
    unstored(opts, tables, counts), office({opts.clock, random_bytes}),
    engine(all, rows, limits_of(opts)), queries(engine, opts.clock),
    inserts_(opts, all, tables, rows, counts),
    token_routes_(office, opts.project) {
  faults.set(opts.faults);
  open_office(office, opts);
}

service::call service::begin(const request& head) {
  call result;
  result.where = find_route(head.method, head.path);
  if (!result.where || !may_fail(result.where->method))
    return result;
  auto is_insert = result.where->method == api_method::insert_all;
  if (is_insert && opts.store == row_store::none)
    result.scan.emplace();
  auto name = full_name(result.where->at);
  result.plan = faults.draw(result.where->method, name);
  auto& outcome = result.plan.outcome;
  if (outcome && outcome->early) {
    wait(result.plan.latency(0));
    result.early = fault_reply(*outcome, *result.where, opts.clock());
    result.early->end = ending::close;
    result.early->how = outcome->answer;
    if (is_insert)
      counts.count_request(name, result.early->status,
                           outcome_of(*result.early) + " early");
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
  } catch (const std::exception& why) {
    // The database is locked or full: try again later.
    report(why);
    result = envelope(internal_error());
  }
  auto is_read = body == body_state::whole || body == body_state::too_large;
  if (!is_read)
    result.end = result.end == ending::reset ? ending::reset : ending::close;
  if (c.plan.outcome && result.end != ending::reset)
    result.how = c.plan.outcome->answer;
  if (c.where && c.where->method == api_method::insert_all)
    counts.count_request(target, result.status, outcome_of(result));
  return result;
}

void service::report(const std::exception& why) {
  constexpr std::size_t most_kinds = 100;
  auto kind = kind_of(why);
  {
    std::lock_guard guard{mutex_};
    if (reported_.size() >= most_kinds || !reported_.insert(kind).second)
      return;
  }
  auto line = "sandbox: requests are answered with 500 internalError: " + kind
              + " (said once)";
  if (opts.report)
    opts.report(line);
  else
    std::cerr << "bqstreamer: " + line + "\n";
}

void service::stop() {
  engine.stop();
  std::lock_guard guard{mutex_};
  stopping_ = true;
  stopped_.notify_all();
}

reply service::answer(const call& c, const request& x, body_state body,
                      std::string& target) {
  if (!c.where)
    throw no_such_method();
  if (is_service_method(c.where->method) && !office.admits(x.authorization))
    throw bad_token();
  if (body == body_state::stopped || !wait(c.plan.latency(x.body.size())))
    return reset_reply("by stop");
  auto& outcome = c.plan.outcome;
  if (outcome && outcome->reset == reset_point::before)
    return reset_reply("before");
  auto fail = [&] {
    return fault_reply(*outcome, with_new_name(*c.where, x), opts.clock());
  };
  if (outcome && outcome->status && !outcome->commit)
    return fail();
  if (outcome && outcome->window == table_window::created)
    throw streaming_not_found(c.where->at);
  if (outcome && outcome->window == table_window::recreated)
    throw table_deleted(c.where->at);
  if (body != body_state::whole)
    return refuse_body(opts, body);
  field_mask mask{is_service_method(c.where->method) ? x.parameter("fields")
                                                     : ""};
  auto resets = outcome && outcome->reset == reset_point::after;
  auto fails = outcome && outcome->status;
  reply result;
  try {
    result = perform(c, x, target);
    mask.apply(result);
  } catch (const refusal&) {
    // Of what is hidden nobody sees how it went.
    if (!resets && !fails)
      throw;
  }
  if (resets)
    return reset_reply("after");
  if (fails)
    return fail();
  return result;
}

reply service::perform(const call& c, const request& x, std::string& target) {
  auto& at = c.where->at;
  switch (c.where->method) {
    case api_method::projects_list:
      return tables.list_projects();
    case api_method::datasets_insert:
      return tables.insert_dataset(at, x);
    case api_method::datasets_list:
      return tables.list_datasets(at, x);
    case api_method::datasets_get:
      return tables.get_dataset(at);
    case api_method::datasets_patch:
      return tables.patch_dataset(at, x);
    case api_method::datasets_update:
      return tables.update_dataset(at, x);
    case api_method::datasets_delete:
      return tables.delete_dataset(at, x);
    case api_method::tables_insert:
      return tables.insert_table(at, x);
    case api_method::tables_list:
      return tables.list_tables(at, x);
    case api_method::tables_get:
      if (is_result(at))
        return queries.get_table(at);
      return opts.store == row_store::none ? unstored.get_table(at, x)
                                           : tables.get_table(at, x);
    case api_method::tables_patch:
      return tables.patch_table(at, x);
    case api_method::tables_update:
      return tables.update_table(at, x);
    case api_method::tables_delete:
      return tables.delete_table(at, x);
    case api_method::insert_all:
      return c.scan ? unstored.run(at, *c.scan, c.plan, target)
                    : inserts_.run(at, x.body, c.plan, target);
    case api_method::list_data: {
      if (is_result(at))
        return queries.list_data(at, x);
      if (opts.store == row_store::none)
        throw invalid("Rows cannot be read: the sandbox keeps none with "
                      "--store=none.");
      auto from = all.find(at.dataset, at.table);
      if (!from)
        throw table_not_found(at);
      return list_data(*from, rows, x);
    }
    case api_method::jobs_query:
      return queries.query(at, x);
    case api_method::jobs_insert:
      return queries.insert(at, x);
    case api_method::jobs_get:
      return queries.get(at, c.where->job);
    case api_method::jobs_results:
      return queries.results(at, c.where->job, x);
    case api_method::jobs_list:
      return queries.list(at, x);
    case api_method::jobs_cancel:
      return queries.cancel(at, c.where->job);
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
    case api_method::tokens_grant:
    case api_method::tokens_impersonate:
    case api_method::tokens_metadata:
    case api_method::tokens_get:
    case api_method::tokens_set:
    case api_method::tokens_revoke:
    case api_method::credentials_get:
    case api_method::credentials_add:
    case api_method::credentials_remove:
      return token_routes_.answer(*c.where, x);
  }
  throw no_such_method();
}

reply service::set_faults(const request& x) {
  auto parsed = read_faults(x.body);
  if (auto words = std::get_if<std::string>(&parsed))
    throw invalid(*words);
  faults.set(std::get<std::vector<fault>>(std::move(parsed)));
  return json_reply(faults.list());
}

bool service::wait(std::chrono::microseconds time) {
  if (time.count() == 0)
    return true;
  if (opts.wait)
    opts.wait(time);
  auto left = opts.wait ? std::chrono::microseconds{0} : time;
  std::unique_lock guard{mutex_};
  return !stopped_.wait_for(guard, left, [this] { return stopping_; });
}

} // namespace bqs::sandbox
