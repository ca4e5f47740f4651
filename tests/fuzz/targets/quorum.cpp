// What servers of a quorum say to each other and keep on their disks: each is
// read and means the same when it is written again, or is refused.
#include <memory>

#include "actors/consensus/messages.hpp"
#include "actors/consensus/server_store.hpp"
#include "actors/protocol/errors.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "tests/fuzz/targets/parts.hpp"
#include "tests/fuzz/targets/target.hpp"

namespace troupe::fuzz {

namespace {

using namespace consensus;

constexpr int64_t now_ms = 1'767'225'600'000;

/// The kinds of parts: a message, a snapshot as bytes, files of a store.
enum kind : uint8_t { a_message, a_snapshot, the_vote, the_snapshot, kinds };

const char* path_of(uint8_t x) {
  return x == the_vote ? "quorum/vote" : "quorum/snapshot";
}

bool read_message(std::string_view bytes) {
  auto read = decode_message(bytes);
  if (!read)
    return false;
  auto again = decode_message(encode_message(*read));
  must(again && *again == *read, "a message changed by being written again");
  return true;
}

bool read_snapshot(std::string_view bytes) {
  auto read = decode_snapshot(bytes);
  if (!read)
    return false;
  auto again = decode_snapshot(encode_snapshot(*read));
  must(again && *again == *read, "a snapshot changed by being written again");
  return true;
}

using disk_ptr = std::shared_ptr<simulation::memory_files>;

bool open_store(const disk_ptr& disk) {
  auto x = server_store::open(disk, "quorum", now_ms);
  if (!x) {
    must(code_of(x.error()) == ec::corrupt_log
           || code_of(x.error()) == ec::unsupported_version,
         "refused for another reason than damage: " + what(x.error()));
    return false;
  }
  auto before = (*x)->stored();
  auto next = before.first_index + before.entries.size();
  must(!(*x)->append({next, {{1, entry_kind::command, "x"}}}, now_ms),
       "a good store takes no entry");
  x->reset();
  auto again = server_store::open(disk, "quorum", now_ms);
  must(bool{again}, "a good store cannot be opened again");
  auto after = (*again)->stored();
  must(after.entries.size() == before.entries.size() + 1, "no entry was added");
  after.entries.pop_back();
  must(after == before, "another content after an open");
  return true;
}

bool run(std::string_view input) {
  auto disk = std::make_shared<simulation::memory_files>();
  if (disk->make_directory("quorum"))
    return false;
  bool is_accepted = !input.empty();
  bool has_files = false;
  for (const auto& x : split(input)) {
    switch (auto kind = x.kind % kinds) {
      case a_message:
        is_accepted = read_message(x.content) && is_accepted;
        break;
      case a_snapshot:
        is_accepted = read_snapshot(x.content) && is_accepted;
        break;
      default:
        disk->set_content(path_of(static_cast<uint8_t>(kind)), x.content);
        has_files = true;
    }
  }
  if (has_files)
    is_accepted = open_store(disk) && is_accepted;
  return is_accepted;
}

std::vector<std::string> seeds() {
  snapshot base{
    70,
    3,
    {{1, "a:1", member_role::voter}, {2, "b:1", member_role::spare}},
    12,
    "state"};
  std::vector<part> parts;
  for (const message& x : std::vector<message>{
         request_vote{2, 5, 3, 70, 4, true, false},
         vote_result{2, 9, true, false, 1, 65'535},
         append_entries{1,
                        9,
                        7,
                        8,
                        6,
                        {{8, entry_kind::command, "x"},
                         {9, entry_kind::barrier, std::string(8, '\0')}}},
         append_result{1, 9, 7, 8, 1, 2},
         install_snapshot{1, 9, base},
         timeout_now{0, 9, 8, 7},
       })
    parts.push_back({a_message, encode_message(x)});
  parts.push_back({a_snapshot, encode_snapshot(base)});
  auto disk = std::make_shared<simulation::memory_files>();
  auto store = server_store::open(disk, "quorum", now_ms);
  must(store && !(*store)->save({7, 2})
         && !(*store)->replace(base, 71, {}, now_ms),
       "no store for the seeds");
  std::vector<part> files;
  for (uint8_t kind : {the_vote, the_snapshot})
    files.push_back({kind, disk->content(path_of(kind))});
  return {join(parts), join(files)};
}

} // namespace

const target quorum{"quorum", run, nullptr, seeds};

} // namespace troupe::fuzz
