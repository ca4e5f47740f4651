#include "actors/controller/command.hpp"

#include <string_view>

#include <fmt/format.h>

#include "actors/controller/controller_fields.hpp"
#include "actors/controller/levels.hpp"
#include "actors/protocol/errors.hpp"

namespace troupe {

namespace {

using controller_fields::cluster_version;
using controller_fields::each;
using controller_fields::fields;
using controller_fields::reader;
using controller_fields::too_new;
using controller_fields::version_at;
using controller_fields::writer;

// The fields of each command.

template <class F>
void fields(F& f, create_topic& x) {
  fields(f, x.id);
  each(f, x.spec.name, x.spec.partitions);
  fields(f, x.spec.settings);
  f(x.is_internal);
  if (f.version < cluster_version)
    return;
  f(x.spec.replication_factor);
  fields(f, x.placement);
}

template <class F>
void fields(F& f, grow_topic& x) {
  fields(f, x.id);
  f(x.partitions);
  if (f.version >= cluster_version)
    fields(f, x.placement);
}

template <class F>
void fields(F& f, delete_topic& x) {
  fields(f, x.id);
}

template <class F>
void fields(F& f, configure_topic& x) {
  fields(f, x.id);
  fields(f, x.settings);
}

template <class F>
void fields(F& f, reserve_producer_ids& x) {
  each(f, x.first, x.count);
}

template <class F>
void fields(F& f, register_node& x) {
  fields(f, x.about);
}

template <class F>
void fields(F& f, set_node_state& x) {
  each(f, x.node, x.is_fenced, x.is_draining, x.is_standby);
}

template <class F>
void fields(F& f, remove_node& x) {
  f(x.node);
}

template <class F>
void fields(F& f, set_partitions& x) {
  fields(f, x.changes);
}

template <class F>
void fields(F& f, raise_level& x) {
  f(x.level);
}

/// An empty command of the kind at place `index`.
template <size_t I = 0>
bool make_kind(command& result, size_t index) {
  if constexpr (I < std::variant_size_v<command>) {
    if (I != index)
      return make_kind<I + 1>(result, index);
    result.emplace<I>();
    return true;
  }
  return false;
}

} // namespace

std::string encode_command(command x, uint32_t level) {
  writer out;
  out.version = version_at(level);
  auto head = out.version;
  auto kind = static_cast<uint8_t>(x.index());
  each(out, head, kind);
  std::visit([&](auto& what) { fields(out, what); }, x);
  return std::move(out.result);
}

caf::expected<command> decode_command(std::string_view text,
                                      const level_range& levels) {
  reader in{text};
  uint8_t kind = 0;
  in(in.version);
  if (in.version > version_at(levels.newest))
    return too_new("a metadata command", in.version, levels);
  in(kind);
  command result;
  if (!make_kind(result, kind))
    return make_error(ec::corrupt_log,
                      fmt::format("no metadata command has number {}", kind));
  std::visit([&](auto& what) { fields(in, what); }, result);
  if (in.version == 0 || !in.is_whole())
    return make_error(ec::corrupt_log,
                      fmt::format("{} bytes are not a metadata command of "
                                  "number {}",
                                  text.size(), kind));
  return result;
}

caf::error controller_fields::too_new(std::string_view what, uint8_t version,
                                      const level_range& levels) {
  return make_error(
    ec::unsupported_version,
    fmt::format("{} of version {}, which is of feature level {}; this program "
                "supports {}: run the version that wrote it, or a newer one",
                what, version, version - cluster_version + 1,
                to_string(levels)));
}

} // namespace troupe
