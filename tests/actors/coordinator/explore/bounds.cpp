#include "tests/actors/coordinator/explore/bounds.hpp"

#include <charconv>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace troupe::explore {

namespace {

constexpr std::pair<std::string_view, event> event_names[] = {
  {"joins", event::join},     {"leaves", event::leave},
  {"crashes", event::crash},  {"reloads", event::reload},
  {"fences", event::fence},   {"drains", event::drain},
  {"repeats", event::repeat}, {"losses", event::loss},
  {"beats", event::beat},
};

unsigned number_in(std::string_view text, unsigned most) {
  unsigned result = 0;
  auto [end, fault] =
    std::from_chars(text.data(), text.data() + text.size(), result);
  if (fault != std::errc{} || end != text.data() + text.size() || result > most)
    throw std::invalid_argument(
      "'" + std::string{text} + "' is no number up to " + std::to_string(most));
  return result;
}

bool set_event(bounds& to, std::string_view name, std::string_view value) {
  for (auto [known, what] : event_names)
    if (name == known) {
      to.events.set(what, number_in(value, 7));
      return true;
    }
  return false;
}

} // namespace

void change(bounds& to, const std::string& text) {
  std::istringstream words{text};
  for (std::string word; words >> word;) {
    auto middle = word.find('=');
    if (middle == std::string::npos)
      throw std::invalid_argument("'" + word + "' is not NAME=NUMBER");
    auto name = word.substr(0, middle);
    auto value = word.substr(middle + 1);
    if (set_event(to, name, value))
      continue;
    if (name == "members")
      to.members = number_in(value, slots_max);
    else if (name == "partitions")
      to.partitions = to.partitions_at_first = number_in(value, partitions_max);
    else if (name == "at_first")
      to.partitions_at_first = number_in(value, to.partitions);
    else if (name == "static")
      to.static_members = number_in(value, slots_max);
    else if (name == "records")
      to.records = number_in(value, 7);
    else if (name == "work")
      to.has_work = number_in(value, 1) != 0;
    else if (name == "latest")
      to.starts_latest = number_in(value, 1) != 0;
    else if (name == "any_target")
      to.any_target = number_in(value, 1) != 0;
    else
      throw std::invalid_argument("no bound '" + name + "'");
  }
}

} // namespace troupe::explore
