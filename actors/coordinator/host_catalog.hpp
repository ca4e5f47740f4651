#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "actors/protocol/metadata_messages.hpp"

namespace troupe {

/// The processes of nodes that members live in, as the metadata told: one that
/// is fenced, or that another process of its node followed, runs no member any
/// more that anybody should wait for.
class host_catalog {
public:
  /// Takes over an update; returns the incarnations that it put out.
  std::set<uuid> apply(const metadata_update& update);

  /// Those that are out as far as is known.
  std::set<uuid> lost() const;

private:
  struct host {
    uuid incarnation;
    bool is_fenced = false;
  };

  std::map<uint32_t, host> hosts_;
};

} // namespace troupe
