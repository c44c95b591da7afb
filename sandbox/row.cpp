#include "sandbox/row.hpp"

#include <algorithm>
#include <array>

#include "sandbox/times.hpp"
#include "sandbox/values.hpp"
#include "sandbox/wordings.hpp"

namespace bqs::sandbox {

namespace {

/// Whether a RANGE has no such bound. The words are those of the SQL literal;
/// the Node client sends them.
bool is_unbounded(const tape::view& x) {
  auto same = [&](std::string_view word) {
    return std::equal(x.text().begin(), x.text().end(), word.begin(),
                      word.end(), [](char a, char b) {
                        return (a | 0x20) == b; // only letters matter
                      });
  };
  return x.is(json_kind::null)
         || (x.is(json_kind::string) && (same("unbounded") || same("null")));
}

} // namespace

class row_writer::step {
public:
  step(std::string& path, std::string_view name)
    : path_(path), size_(path.size()) {
    if (!path.empty())
      path += '.';
    path += name;
  }

  step(std::string& path, std::size_t index) : path_(path), size_(path.size()) {
    path += '[' + std::to_string(index) + ']';
  }

  step(const step&) = delete;
  step& operator=(const step&) = delete;

  ~step() {
    path_.resize(size_);
  }

private:
  std::string& path_;
  std::size_t size_;
};

bool row_writer::write(const tape::view& row, std::string& out) {
  path_.clear();
  places_.clear();
  watched_at = watched_size = 0;
  return record(schema_, row, out);
}

bool row_writer::fail(std::string message) {
  error = {path_, std::move(message)};
  return false;
}

bool row_writer::fail_at_row(std::string message) {
  error = {"", std::move(message)};
  return false;
}

bool row_writer::record(const columns& schema, const tape::view& x,
                        std::string& out) {
  auto base = places_.size();
  places_.resize(base + schema.size(), 0);
  auto guess = std::size_t{0}; // rows mostly come in the schema's order
  auto known = true;
  x.each_member([&](std::string_view name, tape::view member) {
    auto i = known ? schema.find(name, guess) : columns::none;
    if (i != columns::none) {
      places_[base + i] = member.position();
      guess = i + 1;
    } else if (known && !ignore_unknown_) {
      known = false;
      step at{path_, name};
      fail(say(flaw::no_such_field, {name}));
    }
  });
  if (!known)
    return false;
  out += '{';
  auto first = true;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    auto& to = schema[i];
    auto place = places_[base + i];
    auto present = place != 0 && !x.sibling(place).is(json_kind::null);
    if (!present) {
      if (to.mode != column_mode::required)
        continue;
      auto path = path_.empty() ? to.name : path_ + "." + to.name;
      return fail_at_row(say(flaw::missing_required, {path}));
    }
    if (!first)
      out += ',';
    first = false;
    out += to.key;
    step at{path_, to.name};
    auto begin = out.size();
    if (!value(to, x.sibling(place), out))
      return false;
    if (i == watched && &schema == &schema_) {
      watched_at = begin;
      watched_size = out.size() - begin;
    }
  }
  out += '}';
  places_.resize(base);
  return true;
}

bool row_writer::value(const column& to, const tape::view& x,
                       std::string& out) {
  return to.mode == column_mode::repeated ? elements(to, x, out)
                                          : element(to, x, out);
}

bool row_writer::elements(const column& to, const tape::view& x,
                          std::string& out) {
  if (!x.is(json_kind::array))
    return fail(say(flaw::single_for_repeated, {to.name}));
  out += '[';
  auto ok = true;
  std::size_t n = 0;
  x.each_element([&](tape::view each) {
    if (!ok)
      return;
    step at{path_, n};
    if (n++ > 0)
      out += ',';
    if (each.is(json_kind::null))
      ok = fail(say(flaw::null_in_array, {to.name}));
    else
      ok = element(to, each, out);
  });
  out += ']';
  return ok;
}

bool row_writer::element(const column& to, const tape::view& x,
                         std::string& out) {
  if (x.is(json_kind::array))
    return fail(say(flaw::array_for_single, {to.name}));
  if (to.type == column_type::record) {
    if (!x.is(json_kind::object))
      return fail_at_row(say(flaw::scalar_for_record, {}));
    return record(to.fields, x, out);
  }
  if (to.type == column_type::range && x.is(json_kind::object))
    return range(to, x, out);
  if (x.is(json_kind::object))
    return fail(say(flaw::not_a_record, {to.name}));
  std::string message;
  if (to.type == column_type::range)
    return fail(say(flaw::bad_range, {x.text()}));
  if (!store_scalar(to.type, x, out, message))
    return fail(std::move(message));
  return true;
}

bool row_writer::range(const column& to, const tape::view& x,
                       std::string& out) {
  auto known = true;
  x.each_member([&](std::string_view name, tape::view) {
    if (!known || ignore_unknown_ || name == "start" || name == "end")
      return;
    known = false;
    step at{path_, name};
    fail(say(flaw::no_such_field, {name}));
  });
  if (!known)
    return false;
  auto comma = "{";
  std::array<std::string, 2> bounds; // short enough to be in place
  for (auto i : {0u, 1u}) {
    auto name = i == 0 ? "start" : "end";
    out += comma;
    comma = ",";
    out += '"';
    out += name;
    out += "\":";
    auto bound = x.find(name);
    step at{path_, name};
    auto begin = out.size();
    std::string message;
    if (!bound || is_unbounded(*bound)) {
      out += "null";
      continue;
    }
    if (bound->is(json_kind::object) || bound->is(json_kind::array))
      return fail(say(flaw::bad_range, {""}));
    if (!store_scalar(to.element, *bound, out, message))
      return fail(std::move(message));
    bounds[i] = out.substr(begin + 1, out.size() - begin - 2); // no quotes
  }
  out += '}';
  if (bounds[0].empty() || bounds[1].empty()
      || read_timestamp(bounds[0]).micros < read_timestamp(bounds[1]).micros)
    return true;
  return fail(say(flaw::bad_range, {"[" + bounds[0] + ", " + bounds[1] + ")"}));
}

} // namespace bqs::sandbox
