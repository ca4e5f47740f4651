#include "tests/actors/consensus/history.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace troupe::testing {

void history::applied(uint64_t server, size_t place, uint64_t command) {
  if (place == agreed_.size())
    agreed_.push_back(command);
  else if (place > agreed_.size())
    fail(fmt::format("server {} applied command {} at {} before anybody "
                     "applied the one at {}",
                     server, command, place, agreed_.size()));
  else if (agreed_[place] != command)
    fail(fmt::format("server {} applied command {} at {}, where {} was applied "
                     "before{}",
                     server, command, place, agreed_[place],
                     acknowledged_.contains(agreed_[place]) ? ", acknowledged"
                                                            : ""));
}

void history::led(uint64_t server, uint64_t term) {
  auto [i, is_new] = leaders_.emplace(term, server);
  if (!is_new && i->second != server)
    fail(fmt::format("servers {} and {} both lead term {}", i->second, server,
                     term));
}

void history::finish(const std::map<uint64_t, std::vector<uint64_t>>& members) {
  for (const auto& [id, commands] : members) {
    if (commands != agreed_)
      fail(fmt::format("server {} has applied {} commands in the end, of {}",
                       id, commands.size(), agreed_.size()));
    std::set<uint64_t> there{commands.begin(), commands.end()};
    for (auto x : acknowledged_)
      if (!there.contains(x))
        fail(fmt::format("command {} was acknowledged and is lost", x));
  }
}

} // namespace troupe::testing
