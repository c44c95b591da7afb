#include "actors/crash_place.hpp"

#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <typeinfo>

#include <cxxabi.h>

#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/sec.hpp>

namespace bqs {

namespace {

std::string readable(const char* mangled) {
  std::unique_ptr<char, decltype(&std::free)> name{
    abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr), &std::free};
  return name ? name.get() : mangled;
}

std::string type_of(const std::exception_ptr& what) {
  try {
    std::rethrow_exception(what);
  } catch (const std::exception& x) {
    return readable(typeid(x).name());
  } catch (...) {
    return "something thrown";
  }
}

/// Types of the message that `self` handles.
std::string at_hand(caf::scheduled_actor* self) {
  auto element = self->current_mailbox_element();
  if (element == nullptr)
    return "no message";
  std::string result;
  auto& content = element->content();
  for (std::size_t i = 0; i < content.size(); ++i) {
    // Types of our own have no number, and not all of them a name.
    auto [number, type] = content.type(i);
    if (!result.empty())
      result += ", ";
    result += type != nullptr
                ? readable(type->name())
                : self->system().types().portable_name(number, nullptr);
  }
  return result;
}

} // namespace

void name_crashes(caf::scheduled_actor* self) {
  self->set_exception_handler(
    [](caf::scheduled_actor* me, std::exception_ptr& what) -> caf::error {
      return caf::make_error(caf::sec::runtime_error,
                             type_of(what) + " over " + at_hand(me));
    });
}

} // namespace bqs
