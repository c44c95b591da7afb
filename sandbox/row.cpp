#include "sandbox/row.hpp"

#include "sandbox/values.hpp"

namespace bqs::sandbox {

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
      fail("no such field: " + std::string{name} + ".");
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
      return fail_at_row("Missing required field: Msg_0_CLOUD_QUERY_TABLE."
                         + path + ".");
    }
    if (!first)
      out += ',';
    first = false;
    out += to.key;
    step at{path_, to.name};
    if (!value(to, x.sibling(place), out))
      return false;
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
  // Wording seen for RECORDs only.
  if (!x.is(json_kind::array))
    return fail("Repeated record with name: " + to.name
                + " added outside of an array.");
  out += '[';
  auto ok = true;
  std::size_t n = 0;
  x.each_element([&](tape::view each) {
    if (!ok)
      return;
    step at{path_, n};
    if (n++ > 0)
      out += ',';
    if (each.is(json_kind::null)) // wording of load jobs
      ok = fail("Only optional fields can be set to NULL. Field: " + to.name
                + "; Value: NULL");
    else
      ok = element(to, each, out);
  });
  out += ']';
  return ok;
}

bool row_writer::element(const column& to, const tape::view& x,
                         std::string& out) {
  if (x.is(json_kind::array))
    return fail("Array specified for non-repeated field: " + to.name + ".");
  if (to.type == column_type::record) {
    // The rest of this wording names numbers of the service's own.
    if (!x.is(json_kind::object))
      return fail_at_row("Record leaf types are not supported.");
    return record(to.fields, x, out);
  }
  if (to.type == column_type::range && x.is(json_kind::object))
    return range(to, x, out);
  if (x.is(json_kind::object))
    return fail("This field: " + to.name + " is not a record.");
  std::string message;
  if (to.type == column_type::range)
    return fail("Invalid RANGE value: " + std::string{x.text()}); // unverified
  if (!store_scalar(to.type, x, out, message))
    return fail(std::move(message));
  return true;
}

bool row_writer::range(const column& to, const tape::view& x,
                       std::string& out) {
  auto comma = "{";
  for (auto name : {"start", "end"}) {
    out += comma;
    comma = ",";
    out += '"';
    out += name;
    out += "\":";
    auto bound = x.find(name);
    step at{path_, name};
    std::string message;
    if (!bound || bound->is(json_kind::null))
      out += "null";
    else if (bound->is(json_kind::object) || bound->is(json_kind::array))
      return fail("Invalid RANGE value."); // unverified
    else if (!store_scalar(to.element, *bound, out, message))
      return fail(std::move(message));
  }
  out += '}';
  return true;
}

} // namespace bqs::sandbox
