#include "actors/controller/levels.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"

namespace troupe {

namespace {

/// The newest level that all nodes support, or that any of them does.
template <class Choose>
uint32_t newest_of(const metadata& x, uint32_t begin, Choose choose) {
  auto result = begin;
  for (const auto& [id, node] : x.nodes())
    result = choose(result, node.levels.newest);
  return result;
}

} // namespace

std::string to_string(const level_range& x) {
  return x.oldest == x.newest
           ? fmt::format("level {}", x.newest)
           : fmt::format("levels {} to {}", x.oldest, x.newest);
}

namespace {

std::string misfit_of(const level_range& x, uint32_t level) {
  auto now = std::max(level, 1u);
  return fmt::format(
    "the cluster is at feature level {}, this program supports {}: "
    "{}",
    now, to_string(x),
    now > x.newest ? "run the version that its other nodes run, or "
                     "a newer one"
                   : "bring the cluster to a newer level first, "
                     "with a version between (troupe cluster "
                     "upgrade)");
}

} // namespace

caf::error check_level(const level_range& x, uint32_t level) {
  if (x.contains(level))
    return caf::none;
  return make_error(ec::unsupported_version, misfit_of(x, level));
}

caf::error check_registration(const metadata& x, const node_info& about) {
  if (about.levels.contains(x.level()))
    return caf::none;
  return make_error(ec::unsupported_version,
                    fmt::format("node {} of version {} is not taken in: {}",
                                about.id, about.version,
                                misfit_of(about.levels, x.level())));
}

std::vector<command> plan_first_level(const metadata& x, uint32_t expected) {
  if (x.level() != 0 || x.nodes().empty() || x.nodes().size() < expected)
    return {};
  auto level = newest_of(x, x.rules().levels.newest,
                         [](uint32_t a, uint32_t b) { return std::min(a, b); });
  return {raise_level{level}};
}

caf::expected<std::vector<command>> plan_upgrade(const metadata& x,
                                                 uint32_t wanted) {
  if (wanted == 0)
    wanted = newest_of(x, std::max(x.level(), 1u),
                       [](uint32_t a, uint32_t b) { return std::max(a, b); });
  if (wanted < x.level())
    return make_error(ec::invalid_argument,
                      fmt::format("the cluster is at feature level {}, and "
                                  "never goes back to {}",
                                  x.level(), wanted));
  if (wanted == x.level())
    return std::vector<command>{};
  std::string behind;
  for (const auto& [id, node] : x.nodes())
    if (!node.levels.contains(wanted))
      behind += fmt::format(
        "{}node {} (version {}{}) supports {}", behind.empty() ? "" : ", ", id,
        node.version, node.is_fenced ? ", down" : "", to_string(node.levels));
  if (!behind.empty())
    return make_error(ec::not_available,
                      fmt::format("not raised to feature level {}: {}; start "
                                  "them with the newer version, or remove them "
                                  "from the cluster, and try again",
                                  wanted, behind));
  return std::vector<command>{raise_level{wanted}};
}

} // namespace troupe
