#include "tests/actors/consumer/stage.hpp"

namespace troupe::stage {

producer_actor::behavior_type letter_producer(producer_actor::pointer,
                                              letter_box* x) {
  ++x->producers;
  auto post = [=](const posting& what) -> caf::expected<record_metadata> {
    if (x->error)
      return x->error;
    x->got.push_back(what);
    if (x->place)
      return record_metadata{what.topic, 0, x->place(what)};
    return record_metadata{what.topic, 0,
                           static_cast<int64_t>(x->got.size()) - 1};
  };
  return {
    [=](post_atom, const posting& what) -> caf::result<record_metadata> {
      auto result = post(what);
      if (!result)
        return std::move(result.error());
      return *result;
    },
    [](post_atom, const std::vector<posting>&)
      -> caf::result<std::vector<record_metadata>> {
      return make_error(ec::not_available, "not on this stage");
    },
    [](flush_atom) { return caf::ok_atom_v; },
    [](status_atom) { return producer_status{}; },
    [](stop_atom) { return caf::ok_atom_v; },
    [](tick_atom) {},
  };
}

} // namespace troupe::stage
