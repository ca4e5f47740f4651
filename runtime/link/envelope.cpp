#include "runtime/link/envelope.hpp"

#include <exception>

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/scoped_execution_unit.hpp>
#include <caf/sec.hpp>

namespace troupe::link {

namespace {

template <class... Ts>
caf::error append(caf::actor_system& system, buffer& out, Ts&... xs) {
  caf::scoped_execution_unit context{&system};
  caf::binary_serializer sink{&context, out};
  return sink(xs...);
}

template <class... Ts>
caf::error take(caf::actor_system& system, caf::proxy_registry* proxies,
                std::string_view content, Ts&... xs) {
  caf::scoped_execution_unit context{&system};
  context.proxy_registry_ptr(proxies);
  caf::binary_deserializer source{&context, content.data(), content.size()};
  try {
    if (auto failed = source(xs...))
      return failed;
  } catch (const std::exception&) {
    return caf::sec::invalid_argument;
  }
  return source.remaining() == 0 ? caf::none
                                 : caf::error{caf::sec::invalid_argument};
}

} // namespace

caf::expected<buffer> write(caf::actor_system& system, const envelope& x) {
  auto result = begin_frame(frame_kind::message);
  auto mid = x.mid.integer_value();
  if (auto failed = append(system, result, x.receiver.process, x.receiver.id,
                           mid, x.sender, x.stages, x.content))
    return failed;
  end_frame(result);
  return result;
}

caf::error read(caf::actor_system& system, caf::proxy_registry& proxies,
                std::string_view content, envelope& x) {
  uint64_t mid = 0;
  auto failed = take(system, &proxies, content, x.receiver.process,
                     x.receiver.id, mid, x.sender, x.stages, x.content);
  x.mid = caf::make_message_id(mid);
  return failed;
}

buffer write_monitor(caf::actor_system& system, const actor_name& x) {
  auto result = begin_frame(frame_kind::monitor);
  static_cast<void>(append(system, result, x.process, x.id));
  end_frame(result);
  return result;
}

caf::error read_monitor(caf::actor_system& system, std::string_view content,
                        actor_name& x) {
  return take(system, nullptr, content, x.process, x.id);
}

buffer write_down(caf::actor_system& system, const actor_name& x,
                  const caf::error& reason) {
  auto result = begin_frame(frame_kind::down);
  auto size = result.size();
  if (append(system, result, x.process, x.id, reason)) {
    // Of a category whose context cannot be written.
    result.resize(size);
    caf::error unknown = caf::exit_reason::unknown;
    static_cast<void>(append(system, result, x.process, x.id, unknown));
  }
  end_frame(result);
  return result;
}

caf::error read_down(caf::actor_system& system, std::string_view content,
                     actor_name& x, caf::error& reason) {
  return take(system, nullptr, content, x.process, x.id, reason);
}

} // namespace troupe::link
