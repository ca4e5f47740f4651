#include "runtime/simulation/memory_disk.hpp"

namespace troupe::simulation {

namespace {

bool coin(std::mt19937_64& random) {
  return (random() & 1) != 0;
}

/// What a cut leaves of a file to which `written` was appended behind `synced`.
std::string torn(const std::string& synced, const std::string& written,
                 const power_cut& how, std::mt19937_64& random) {
  auto unsynced = written.size() - synced.size();
  auto size = synced.size() + random() % (unsynced + 1);
  if (how.bytes == power_cut::unsynced::prefix)
    return written.substr(0, size);
  // Mostly the file's size was as good as written.
  auto result = written.substr(0, coin(random) ? written.size() : size);
  for (auto at = synced.size(); at < result.size();) {
    auto end =
      std::min(result.size(), (at / how.block_bytes + 1) * how.block_bytes);
    if (coin(random))
      std::fill(result.begin() + static_cast<ptrdiff_t>(at),
                result.begin() + static_cast<ptrdiff_t>(end), '\0');
    at = end;
  }
  return result;
}

} // namespace

std::vector<std::string> memory_files::disk::choose_directories(
  std::mt19937_64& random) {
  std::vector<std::string> kept;
  for (auto i = durable.begin(); i != durable.end();) {
    auto [path, x] = *i++;
    auto now = find(path);
    if (!x->is_directory || !now || now == x)
      continue;
    if (coin(random)) {
      kept.push_back(path);
      while (i != durable.end() && is_inside(i->first, path))
        ++i;
      continue;
    }
    durable.erase(path);
    while (i != durable.end() && is_inside(i->first, path))
      i = durable.erase(i);
  }
  return kept;
}

void memory_files::disk::cut_power(const power_cut& how,
                                   std::mt19937_64& random) {
  auto& counts = faults.counts;
  ++counts.power_cuts;
  if (how.bytes != power_cut::unsynced::lost) {
    // Each changed name is found as it was or as it became.
    auto kept = choose_directories(random);
    auto is_kept = [&](const std::string& path) {
      return std::any_of(kept.begin(), kept.end(), [&](const auto& x) {
        return path == x || is_inside(path, x);
      });
    };
    auto before = durable;
    for (const auto& [path, x] : before)
      // One that was replaced is the old or the new one, never gone.
      if (!find(path) && !is_kept(path) && coin(random))
        durable.erase(path);
    for (const auto& [path, x] : live)
      if (auto i = before.find(path); i == before.end() || i->second != x)
        if (!is_kept(path) && coin(random))
          durable[path] = x;
  }
  for (auto& [path, x] : durable) {
    auto written = x->written();
    if (written == x->synced)
      continue;
    auto left = x->synced;
    if (how.bytes != power_cut::unsynced::lost) {
      if (written.starts_with(x->synced))
        left = torn(x->synced, written, how, random);
      else if (coin(random))
        left = written;
    }
    if (left != written) {
      ++counts.files_cut;
      counts.files_torn += left != x->synced ? 1 : 0;
      counts.bytes_lost +=
        written.size() - std::min(written.size(), left.size());
    }
    x->synced = std::move(left);
  }
}

} // namespace troupe::simulation
