#pragma once

#include <memory>

#include <caf/actor_proxy.hpp>

#include "runtime/link/outlet.hpp"

namespace troupe::link {

/// Stands for an actor of another process: what it gets goes out over a link.
/// It is down when that actor has ended, or the link is lost.
class proxy : public caf::actor_proxy {
public:
  proxy(caf::actor_config& config, std::shared_ptr<outlet> way);

  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* context) override;

  bool add_backlink(caf::abstract_actor* x) override;

  bool remove_backlink(caf::abstract_actor* x) override;

  /// Only if its link is lost: the registry may drop it before.
  void kill_proxy(caf::execution_unit* context, caf::error reason) override;

  /// The actor has ended.
  void end(caf::error reason);

  const std::shared_ptr<outlet>& way() const noexcept {
    return way_;
  }

private:
  std::shared_ptr<outlet> way_;
};

} // namespace troupe::link
