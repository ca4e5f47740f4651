#include "runtime/http/snapshot.hpp"

#include <algorithm>

#include <boost/json/array.hpp>

#include "runtime/json_view.hpp"

namespace troupe::http {

namespace {

using boost::json::array;
using boost::json::object;

/// Events of a group that a page shows.
constexpr size_t events_max = 50;

array texts(const std::vector<std::string>& xs) {
  array result;
  for (const auto& x : xs)
    result.emplace_back(text_to_json(x));
  return result;
}

object group_view(const surveyed_group& x) {
  auto result = to_json(x.about).as_object();
  array events;
  auto first = x.events.size() - std::min(x.events.size(), events_max);
  for (size_t i = first; i < x.events.size(); ++i)
    events.push_back(to_json(x.events[i]));
  result["timeline"] = std::move(events);
  return result;
}

/// Topics of dead letters that there are, by topic and group.
array dead_view(const survey& x) {
  array result;
  for (const auto& topic : x.topics)
    for (const auto& group : x.groups)
      if (auto count = dead_letters_of(x, topic.name, group.about.group);
          count >= 0)
        result.push_back(object{{"topic", text_to_json(topic.name)},
                                {"group", text_to_json(group.about.group)},
                                {"letters", count}});
  return result;
}

} // namespace

object snapshot_of(const survey& x) {
  array topics;
  for (const auto& topic : x.topics)
    topics.push_back(
      object{{"name", text_to_json(topic.name)},
             {"partitions", to_json(x.partitions.at(topic.name))}});
  array groups;
  for (const auto& group : x.groups)
    groups.push_back(group_view(group));
  return {{"now_ms", x.node.now_ms},       {"node", to_json(x.node)},
          {"problems", texts(x.problems)}, {"topics", std::move(topics)},
          {"groups", std::move(groups)},   {"consumers", to_json(x.consumers)},
          {"dead", dead_view(x)}};
}

} // namespace troupe::http
