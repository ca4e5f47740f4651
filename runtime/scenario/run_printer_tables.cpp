#include <fmt/format.h>

#include "runtime/scenario/run_printer.hpp"
#include "runtime/scenario/run_printer_colour.hpp"
#include "runtime/scenario/run_printer_text.hpp"

namespace troupe::scenario {

namespace {

using align = text_table::align;

std::string print_table(const text_table& table, const print_options& options) {
  std::string result;
  for (const auto& line : table.lines(2))
    result +=
      paint(line, result.empty() ? ink::faint : ink::plain, options) + '\n';
  return result;
}

/// The table as the notes draw it.
std::string print_committed(const group_track& group,
                            const print_options& options) {
  auto result = paint(printable(group.group), ink::group, options) + " {\n";
  for (const auto& x : group.positions)
    result += fmt::format("    {}: {}\n",
                          printable(partition_text(x.topic, x.id.partition)),
                          committed_or_null(x));
  return result + "}\n";
}

std::string print_positions(const group_track& group,
                            const print_options& options) {
  text_table table{{"partition"},
                   {"start", align::right},
                   {"committed", align::right},
                   {"next", align::right},
                   {"end", align::right},
                   {"lag", align::right},
                   {"owner"},
                   {"why"}};
  for (const auto& x : group.positions) {
    auto why = reason_text(x.reason);
    if (x.is_paused)
      why += ", paused";
    table.add({partition_text(x.topic, x.id.partition), offset_or_null(x.start),
               committed_or_null(x), offset_or_null(x.next),
               offset_or_null(x.high_watermark), offset_or_null(x.lag()),
               x.owner.empty() ? "-" : x.owner, why});
  }
  return '\n' + print_table(table, options);
}

std::string print_consumers(const group_track& group,
                            const print_options& options) {
  text_table table{
    {"consumer"}, {"records", align::right}, {"rate", align::right}, {"owns"}};
  for (const auto& x : group.consumers) {
    auto is_idle = x.owned.empty() && x.handled == 0;
    table.add({x.name, format_count(x.handled),
               is_idle ? "idle" : format_rate(x.rate), join_names(x.owned)});
  }
  return '\n' + print_table(table, options);
}

std::string move_text(const timeline_move& x) {
  auto result = fmt::format(
    "{}  {} -> {}", partition_text(x.topic, x.id.partition),
    x.from.empty() ? "nobody" : x.from, x.to.empty() ? "nobody" : x.to);
  if (!x.to.empty() && x.offset >= 0)
    result += fmt::format(", at {} ({})", x.offset, reason_text(x.reason));
  if (!x.from.empty() && !x.to.empty() && x.without_owner_ms >= 0)
    result +=
      fmt::format(", {} without an owner", format_duration(x.without_owner_ms));
  if (x.repeated > 0)
    result +=
      fmt::format(", {} delivered again", format_count(x.repeated, "record"));
  return result;
}

std::string print_rebalances(const run_record& run, const group_track& group,
                             const print_options& options) {
  std::string result;
  for (const auto& x : group.events) {
    auto time = fmt::format("{:>9}", format_time(x.time_ms - run.begin_ms));
    result += fmt::format(
      "  {}  {}\n", paint(time, ink::faint, options),
      paint(fmt::format("epoch {}: {}", x.epoch, printable(x.cause)),
            ink::change, options));
    for (const auto& move : x.moves)
      result += fmt::format("{:13}{}\n", "", printable(move_text(move)));
  }
  return result.empty() ? result : '\n' + result;
}

std::string print_totals(const group_track& group,
                         const print_options& options) {
  auto twice =
    fmt::format("{} delivered twice", format_count(group.delivered_twice));
  if (group.delivered_twice > 0)
    twice += fmt::format(", {} of them after their commit",
                         format_count(group.delivered_twice_committed));
  auto paint_if = [&](const std::string& text, bool is_bad) {
    return paint(text, is_bad ? ink::bad : ink::plain, options);
  };
  return fmt::format(
    "\n  {}, {}\n",
    paint_if(format_count(group.lost, "record") + " lost", group.lost > 0),
    paint_if(twice, group.delivered_twice_committed > 0));
}

std::string print_group(const run_record& run, const group_track& group,
                        const print_options& options) {
  auto result = print_committed(group, options);
  if (!group.positions.empty())
    result += print_positions(group, options);
  if (!group.consumers.empty())
    result += print_consumers(group, options);
  result += print_rebalances(run, group, options);
  return result + print_totals(group, options);
}

} // namespace

std::string print_tables(const run_record& run, const print_options& options) {
  std::string result;
  for (const auto& group : run.groups) {
    if (!result.empty())
      result += '\n';
    result += print_group(run, group, options);
  }
  return result;
}

} // namespace troupe::scenario
