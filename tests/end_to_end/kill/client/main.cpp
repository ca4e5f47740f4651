// A client of a node that is killed, as a process of its own, which may be
// killed too:
//
//   kill_client NAME ADDRESSES SEED JOURNAL ROLE [CERTIFICATES]
//
// ROLE: `produce` with acks=all and acks=leader, `produce_all` with acks=all
// alone, at a lower rate, or `consume`. CERTIFICATES: a directory as
// './dev certs' makes it; it shows the worker's.
#include <cstdio>
#include <exception>
#include <string>

#include <caf/scoped_actor.hpp>
#include <fmt/format.h>

#include "runtime/cli/client.hpp"
#include "runtime/cli/signals.hpp"
#include "tests/end_to_end/kill/client/roles.hpp"

namespace {

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

/// Sends every one the stop, and waits for its end.
void end_all(caf::actor_system& system, const std::vector<caf::actor>& posters,
             const std::vector<consumer_actor>& members) {
  caf::scoped_actor self{system};
  size_t left = posters.size() + members.size();
  for (const auto& x : posters) {
    self->monitor(x);
    self->send_exit(x, caf::exit_reason::user_shutdown);
  }
  for (const auto& x : members) {
    self->monitor(x);
    self->send(x, stop_atom_v, false);
  }
  while (left > 0)
    self->receive([&](const caf::down_msg&) { --left; }, [](caf::ok_atom) {});
}

int run(const std::string& name, const std::string& addresses, uint64_t seed,
        const std::string& path, const std::string& what,
        const std::string& pki) {
  cli::stop_signals signals;
  client_role role{name, seed, {}, std::make_shared<journal>(path)};
  std::unique_ptr<cli::client> to;
  cli::context ctx;
  ctx.connect = addresses;
  if (!pki.empty())
    ctx.tls = {pki + "/worker.pem", pki + "/worker.key",
               pki + "/authority.pem"};
  auto connect = [&] {
    auto made = cli::client::connect(ctx);
    if (made)
      to = std::move(*made);
    return to != nullptr;
  };
  if (!connect() && signals.wait(connect) != 0)
    return 0;
  role.node = to->node();
  std::vector<caf::actor> posters;
  std::vector<consumer_actor> members;
  if (what == "produce") {
    posters = {spawn_poster(to->system(), role, "all", acks::all),
               spawn_poster(to->system(), role, "leader", acks::leader)};
  } else if (what == "produce_all") {
    role.post_interval = 80ms;
    posters = {spawn_poster(to->system(), role, "all", acks::all)};
  } else {
    for (const auto* group : group_names)
      members.push_back(spawn_member(to->system(), role, group));
  }
  signals.wait([] { return false; });
  end_all(to->system(), posters, members);
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 6 && argc != 7) {
    fmt::print(stderr,
               "usage: {} NAME ADDRESSES SEED JOURNAL "
               "produce|produce_all|consume [CERTIFICATES]\n",
               argv[0]);
    return 2;
  }
  try {
    return run(argv[1], argv[2], std::stoull(argv[3]), argv[4], argv[5],
               argc == 7 ? argv[6] : "");
  } catch (const std::exception& e) {
    fmt::print(stderr, "kill_client: {}\n", e.what());
    return 1;
  }
}
