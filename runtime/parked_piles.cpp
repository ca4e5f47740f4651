#include "runtime/parked_piles.hpp"

#include <algorithm>

#include "actors/consumer/parked_keys.hpp"

namespace troupe {

parked_piles::parked_piles(std::string topic, std::string group)
  : topic_(std::move(topic)), group_(std::move(group)) {
  // nop
}

parked_piles::pile_name parked_piles::name_of(int32_t partition,
                                              const bytes& key) {
  return {partition, {!key.is_null(), key.str()}};
}

void parked_piles::take(const placed_record& x) {
  if (x.offset < position_)
    return;
  position_ = x.offset + 1;
  auto is_ours = [&](const auto& y) {
    return y.topic == topic_ && y.group == group_;
  };
  if (auto letter = read_dead_letter(x.content); letter && is_ours(*letter)) {
    auto& pile = piles_[name_of(letter->partition, x.content.key)];
    pile.letters.push_back(x.offset);
    if (letter->attempts > 0)
      pile.reason = letter->reason;
    return;
  }
  auto marker = read_release_marker(x.content);
  if (!marker || !is_ours(*marker)) {
    if (!foreign_)
      foreign_ = x.offset;
    return;
  }
  auto i = piles_.find(name_of(marker->partition, marker->key));
  if (i == piles_.end())
    return;
  auto& letters = i->second.letters;
  while (!letters.empty() && letters.front() < marker->before)
    letters.pop_front();
  if (letters.empty())
    piles_.erase(i);
}

void parked_piles::pass(int64_t end) {
  position_ = std::max(position_, end);
}

std::vector<parked_pile> parked_piles::all() const {
  std::vector<parked_pile> result;
  for (const auto& [name, x] : piles_) {
    const auto& [has_key, key] = name.second;
    result.push_back({name.first, has_key ? bytes{key} : bytes{},
                      x.letters.size(), x.letters.front(), x.letters.back(),
                      x.reason});
  }
  return result;
}

std::optional<dead_letter> parked_piles::letter_in(
  const placed_record& x) const {
  auto letter = read_dead_letter(x.content);
  if (!letter || letter->topic != topic_ || letter->group != group_)
    return std::nullopt;
  auto i = piles_.find(name_of(letter->partition, x.content.key));
  if (i == piles_.end())
    return std::nullopt;
  const auto& letters = i->second.letters;
  if (!std::binary_search(letters.begin(), letters.end(), x.offset))
    return std::nullopt;
  return letter;
}

int64_t parked_piles::needed_from() const {
  auto result = foreign_.value_or(position_);
  for (const auto& [name, x] : piles_)
    result = std::min(result, x.letters.front());
  return result;
}

} // namespace troupe
