#include "tests/actors/coordinator/explore/words.hpp"

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"

namespace troupe::explore {

namespace {

/// "{0 2}"
std::string list(partition_set x) {
  std::string result;
  for (size_t i = 0; i < partitions_max; ++i)
    if (has(x, i))
      result += fmt::format("{}{}", result.empty() ? "" : " ", i);
  return "{" + result + "}";
}

std::string in_words(const up_message& x) {
  auto who = fmt::format("m{}.{}", x.from.slot, x.from.number);
  switch (x.what) {
    case up_message::join:
      return "join of " + who;
    case up_message::beat:
      return fmt::format("heartbeat of {}, epoch {}, owns {}, drains {}", who,
                         x.epoch, list(x.set), list(x.draining));
    case up_message::revoked:
      return fmt::format("revoked {} of {}, for revocation {}", list(x.set),
                         who, x.revocation);
    case up_message::leave:
      return fmt::format("leave of {}{}", who, x.value ? ", for now" : "");
    case up_message::commit:
      return fmt::format("commit of {} by {}, next {}, handed out at epoch {}",
                         list(x.set), who, x.value, x.epoch);
    default:
      return "nothing";
  }
}

std::string in_words(const down_message& x) {
  auto to =
    fmt::format(".{}{}", x.number, x.age > 0 ? " of a former coordinator" : "");
  switch (x.what) {
    case down_message::joined:
      return fmt::format("joined{}, epoch {}", to, x.epoch);
    case down_message::refused:
      return "refusal" + to;
    case down_message::assign:
      return fmt::format("assign{} {} at {} {} {}, epoch {}", to, list(x.set),
                         x.offsets[0], x.offsets[1], x.offsets[2], x.epoch);
    case down_message::revoke:
      return fmt::format("revoke{} {}, revocation {}, epoch {}", to,
                         list(x.revoking), x.revocation, x.epoch);
    case down_message::state:
      return fmt::format("state{}: {} at {} {} {}, give up {} (revocation {}), "
                         "epoch {}",
                         to, list(x.set), x.offsets[0], x.offsets[1],
                         x.offsets[2], list(x.revoking), x.revocation, x.epoch);
    case down_message::fenced:
      return "fenced" + to;
    case down_message::alive:
      return "answer to a heartbeat" + to;
    case down_message::unknown:
      return "unknown member" + to;
    case down_message::committed:
      return fmt::format("answer{} to a commit of {}: {}", to, list(x.set),
                         to_string(static_cast<ec>(x.outcome)));
    default:
      return "nothing";
  }
}

std::string around(const world& x, const action& y) {
  switch (y.what) {
    case act::post:
      return fmt::format("a record is posted to {}", y.value);
    case act::grow:
      return fmt::format("the topic grows to {}", x.group.partitions + 1);
    case act::make_durable:
      return "the disk has the oldest write; what waited for it leaves";
    case act::ask:
      return fmt::format("partitions {} are asked",
                         list(x.inquiries[y.value].asked));
    case act::answer:
      return fmt::format("coordinator hears the answers of partitions {}",
                         list(x.inquiries[y.value].asked));
    case act::reload:
      return fmt::format("the coordinator dies and is loaded, with {} of {} "
                         "writes",
                         y.value, x.unsent);
    default:
      return {};
  }
}

std::string of_row(const world& x, const action& y) {
  auto id = x.group.known.rows[y.value].id;
  auto who = fmt::format("m{}.{}", id.slot, id.number);
  switch (y.what) {
    case act::see_down:
      return "coordinator sees that " + who + " is no more";
    case act::end_session:
      return "the session of " + who + " ends, nobody is there";
    case act::fence_session:
      return "the session of " + who + " ends, though it lives";
    case act::fence_rebalance:
      return "the rebalance timer of " + who + " ends";
    default:
      return {};
  }
}

std::string of_member(const world& x, const action& y) {
  auto who = fmt::format("m{}", y.slot);
  const auto& member = x.members[y.slot];
  switch (y.what) {
    case act::join:
      return who + " joins";
    case act::join_again:
      return who + " sends its join again";
    case act::leave:
      return who + " leaves";
    case act::leave_for_now:
      return who + " leaves for now";
    case act::crash:
      return who + " dies";
    case act::restart:
      return who + " is started again";
    case act::beat:
      return who + " sends a heartbeat";
    case act::hear:
      return who + " hears: " + in_words(member.down.items[0]);
    case act::hear_late:
      return who + " hears: " + in_words(member.late.items[0]);
    case act::hand_out:
      return fmt::format("{} hands record {} of {} to its handler", who,
                         member.next[y.value], y.value);
    case act::finish:
      return fmt::format("{}'s handler is done with record {} of {}", who,
                         member.busy_offset, y.value);
    case act::commit:
      return who + " sends its commit";
    case act::release:
      return fmt::format("{} has drained {}", who, list(y.value));
    case act::expire_drain:
      return fmt::format("{}'s drain timer ends, it gives {} up at work", who,
                         list(y.value));
    case act::take:
      return "coordinator takes: " + in_words(member.up.items[0]);
    case act::take_commit:
      return "coordinator takes: " + in_words(member.commit_up);
    case act::take_repeated:
      return "coordinator takes a repetition: " + in_words(member.repeated);
    case act::repeat:
      return "sent twice: " + in_words(member.up.items[0]);
    case act::repeat_commit:
      return "sent twice: " + in_words(member.commit_up);
    case act::lose:
      return "the connection of " + who + " breaks";
    default:
      return {};
  }
}

} // namespace

std::string in_words(const world& before, const successor& step) {
  auto text = around(before, step.what);
  if (text.empty())
    text = of_row(before, step.what);
  if (text.empty())
    text = of_member(before, step.what);
  const auto& now = step.after.group.known;
  for (size_t i = 0; i < now.rows_used; ++i) {
    auto old = find_row(before.group.known, now.rows[i].id);
    if (!old || old->target != now.rows[i].target)
      text += fmt::format("; m{}.{} is to have {}", now.rows[i].id.slot,
                          now.rows[i].id.number, list(now.rows[i].target));
  }
  return text;
}

std::vector<std::string> in_words(const world& x) {
  static constexpr const char* phases[] = {"out", "joining", "in", "dead"};
  std::vector<std::string> result;
  for (size_t i = 0; i < x.group.known.rows_used; ++i) {
    const auto& row = x.group.known.rows[i];
    result.push_back(fmt::format(
      "  group: m{}.{} epoch {} assigned {} revoking {} target {}{}",
      row.id.slot, row.id.number, row.epoch, list(row.assigned),
      list(row.revoking), list(row.target), row.is_away ? " away" : ""));
  }
  for (size_t slot = 0; slot < slots_max; ++slot) {
    const auto& y = x.members[slot];
    result.push_back(fmt::format("  m{}.{} {} epoch {} owns {} drains {}", slot,
                                 y.number, phases[y.phase], y.epoch,
                                 list(y.owned), list(y.draining)));
  }
  result.push_back(
    fmt::format("  next (durable, +1): {} {} {}, unsent writes {}",
                table_after(x, 0).next[0], table_after(x, 0).next[1],
                table_after(x, 0).next[2], x.unsent));
  return result;
}

} // namespace troupe::explore
