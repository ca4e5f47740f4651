#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <caf/timespan.hpp>

namespace troupe {

/// Who of the nodes is heard of, as the controllers' leader knows it: in memory
/// only, a new leader gives everybody a lease anew. Times are those of the
/// actor's clock, as `time_since_epoch`.
class liveness {
public:
  /// `lease`: how long a silent node is believed in; `lost_lease`: the same
  /// once its connection is lost.
  liveness(caf::timespan lease, caf::timespan lost_lease);

  /// This one leads from now on; `nodes` are the ones that live, for all it
  /// knows, and `reached` those of them that it has a connection to.
  void take_over(caf::timespan now, const std::vector<uint32_t>& nodes,
                 const std::set<uint32_t>& reached);

  void heard(uint32_t node, caf::timespan now);

  /// Its connection is lost.
  void lost(uint32_t node, caf::timespan now);

  /// Nodes whose lease is over; each is told once.
  std::vector<uint32_t> take_expired(caf::timespan now);

  bool is_alive(uint32_t node) const {
    return ends_.contains(node);
  }

  /// Alive not only for all that was known when this one began to lead.
  bool has_been_heard(uint32_t node) const {
    return heard_.contains(node);
  }

  /// Heard of, and its connection was not lost since.
  bool seems_alive(uint32_t node) const {
    return heard_.contains(node) && !lost_.contains(node);
  }

  /// When the next lease ends.
  std::optional<caf::timespan> next() const;

private:
  caf::timespan lease_;
  caf::timespan lost_lease_;
  std::map<uint32_t, caf::timespan> ends_;
  std::set<uint32_t> heard_;
  std::set<uint32_t> lost_;
};

} // namespace troupe
