#include "actors/storage/repair.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"
#include "actors/storage/log_state.hpp"
#include "actors/storage/segment_name.hpp"

namespace troupe::storage {

namespace {

constexpr size_t chunk_bytes = 1u << 20;

std::string directory_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

std::string free_name(files& disk, const std::string& wanted) {
  auto result = wanted;
  for (int i = 2; disk.exists(result); ++i)
    result = fmt::format("{}.{}", wanted, i);
  return result;
}

/// Adds the step that sets a file aside, when it is there.
void set_aside(files& disk, const std::string& file, const std::string& suffix,
               repair_plan& plan) {
  if (disk.exists(file))
    plan.steps.push_back({repair_step::kind::set_aside, file,
                          free_name(disk, file + suffix), 0, 0});
}

/// The segment that holds the first damage of segments, or begins behind it.
const finding* first_damage(const verification& found) {
  const finding* result = nullptr;
  for (const auto& x : found.findings)
    if (x.is_damage && x.offset >= 0 && (!result || x.offset < result->offset))
      result = &x;
  return result;
}

caf::error copy_aside(files& disk, const repair_step& step) {
  auto from = disk.open(step.file);
  if (!from)
    return from.error();
  auto to = disk.open(step.aside);
  if (!to)
    return to.error();
  for (auto at = step.position; at < (*from)->size();) {
    auto content = (*from)->read(at, chunk_bytes);
    if (!content)
      return content.error();
    if (content->empty())
      break;
    if (auto failure = (*to)->append({content->view()}))
      return failure;
    at += content->size();
  }
  if (auto failure = (*to)->sync())
    return failure;
  return disk.sync_directory(directory_of(step.file));
}

caf::error cut(files& disk, const repair_step& step) {
  if (auto failure = copy_aside(disk, step))
    return failure;
  auto file = disk.open(step.file);
  if (!file)
    return file.error();
  if (auto failure = (*file)->truncate(step.position))
    return failure;
  return (*file)->sync();
}

caf::error reopen(files& disk, const std::string& file) {
  auto content = disk.read_all(file);
  if (!content)
    return content.error();
  auto state = decode_state(*content, file);
  if (!state)
    return state.error();
  state->is_clean = false;
  return disk.replace(file, encode(*state), true);
}

} // namespace

caf::expected<repair_plan> plan_repair(files& disk, const verification& found) {
  repair_plan plan;
  plan.new_end = plan.old_end = found.end;
  if (found.damages == 0)
    return plan;
  auto path = [&](const std::string& name) {
    return found.directory + "/" + name;
  };
  auto is_damaged = [&](const std::string& file) {
    return std::any_of(
      found.findings.begin(), found.findings.end(),
      [&](const auto& x) { return x.is_damage && x.file == file; });
  };
  // First the promises are taken back, then the bytes.
  for (auto state : {path("state"), path("suspect")})
    if (is_damaged(state))
      set_aside(disk, state, ".damaged", plan);
  if (disk.exists(path("state")) && !is_damaged(path("state")))
    plan.steps.push_back({repair_step::kind::reopen, path("state"), {}, 0, 0});
  const auto* first = first_damage(found);
  if (!first)
    return plan;
  plan.new_end = first->offset;
  set_aside(disk, path("checkpoint"), ".damaged", plan);
  set_aside(disk, path("producers"), ".damaged", plan);
  auto names = disk.list(found.directory);
  if (!names)
    return names.error();
  std::vector<segment_name> behind;
  for (const auto& name : *names)
    if (auto parsed = parse_log_file_name(name))
      if (parsed->base >= plan.new_end
          && (path(name) != first->file || first->bytes == 0))
        behind.push_back(*parsed);
  // One after the other from the end, so that no crash leaves a hole.
  std::sort(behind.begin(), behind.end(),
            [](const auto& x, const auto& y) { return x.base > y.base; });
  for (const auto& x : behind) {
    auto file = disk.open(path(log_file_name(x)));
    if (!file)
      return file.error();
    set_aside(disk, path(index_file_name(x)), ".damaged", plan);
    set_aside(disk, path(log_file_name(x)), ".cut-0", plan);
    plan.steps.back().bytes = (*file)->size();
    plan.bytes += (*file)->size();
  }
  if (!first->file.ends_with(".log") || first->bytes == 0)
    return plan;
  auto file = disk.open(first->file);
  if (!file)
    return file.error();
  auto bytes = (*file)->size() - first->position;
  auto index = first->file.substr(0, first->file.size() - 4) + ".index";
  set_aside(disk, index, ".damaged", plan);
  auto cut_file = first->file;
  auto name = parse_log_file_name(
    std::string_view{cut_file}.substr(found.directory.size() + 1));
  if (name && name->is_compacted()) {
    // It no longer ends where its name says.
    cut_file = path(log_file_name({name->base, plan.new_end}));
    plan.steps.push_back(
      {repair_step::kind::rename, first->file, cut_file, 0, 0});
  }
  auto aside =
    free_name(disk, fmt::format("{}.cut-{}", cut_file, first->position));
  plan.steps.push_back(
    {repair_step::kind::cut, cut_file, aside, first->position, bytes});
  plan.bytes += bytes;
  return plan;
}

caf::error carry_out(files& disk, const repair_plan& plan) {
  for (const auto& step : plan.steps) {
    auto failure = caf::error{};
    if (step.what == repair_step::kind::set_aside
        || step.what == repair_step::kind::rename)
      failure = disk.rename(step.file, step.aside);
    else if (step.what == repair_step::kind::cut)
      failure = cut(disk, step);
    else
      failure = reopen(disk, step.file);
    if (failure)
      return failure;
    if (auto unsynced = disk.sync_directory(directory_of(step.file)))
      return unsynced;
  }
  return caf::none;
}

} // namespace troupe::storage
