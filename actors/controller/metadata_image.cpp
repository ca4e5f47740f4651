// The metadata as bytes: what a snapshot of the controllers' log holds.

#include <fmt/format.h>

#include "actors/controller/controller_fields.hpp"
#include "actors/controller/metadata.hpp"

namespace troupe {

namespace {

using controller_fields::each;
using controller_fields::reader;
using controller_fields::writer;

template <class F>
void fields(F& f, uint64_t& x) {
  f(x);
}

template <class F>
void fields(F& f, topic_info& x) {
  using controller_fields::fields;
  fields(f, x.id);
  f(x.name);
  f.begin_list(x.created_index);
  for (auto& index : x.created_index)
    f(index);
  fields(f, x.settings);
  f(x.is_internal);
  fields(f, x.placement);
  f(x.replication_factor);
}

} // namespace

std::string metadata::encode() const {
  using controller_fields::fields;
  writer out;
  out.version = controller_fields::version_at(level_);
  auto head = out.version;
  auto index = index_;
  auto term = term_;
  auto level = level_;
  auto next_id = next_producer_id_;
  each(out, head, index, term, level, next_id);
  auto all = whole();
  out.begin_list(all.changed);
  for (auto& topic : all.changed)
    troupe::fields(out, topic);
  fields(out, all.nodes_changed);
  return std::move(out.result);
}

caf::expected<metadata> metadata::decode(metadata_rules rules,
                                         std::string_view text) {
  using controller_fields::fields;
  reader in{text};
  in(in.version);
  if (in.version > controller_fields::version_at(rules.levels.newest))
    return controller_fields::too_new("metadata", in.version, rules.levels);
  metadata result{std::move(rules)};
  std::vector<topic_info> topics;
  std::vector<node_info> nodes;
  each(in, result.index_, result.term_, result.level_,
       result.next_producer_id_);
  in.begin_list(topics);
  for (auto& topic : topics)
    troupe::fields(in, topic);
  fields(in, nodes);
  if (in.version == 0 || !in.is_whole())
    return make_error(ec::corrupt_log,
                      fmt::format("{} bytes are no metadata", text.size()));
  for (auto& topic : topics) {
    result.partition_count_ += topic.created_index.size();
    result.names_.emplace(topic.id, topic.name);
    auto name = topic.name;
    result.topics_.emplace(std::move(name), std::move(topic));
  }
  for (auto& node : nodes)
    result.nodes_.emplace(node.id, std::move(node));
  return result;
}

} // namespace troupe
