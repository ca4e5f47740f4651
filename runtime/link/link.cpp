// A link as a connection: bytes in, bytes out, silence, its end.
#include "runtime/link/link.hpp"

#include <sys/socket.h>

#include <utility>

#include <caf/io/middleman.hpp>
#include <fmt/format.h>

namespace troupe::link {

namespace {

constexpr size_t read_bytes = 64 * 1024;

/// How often it is looked whether somebody is silent.
caf::timespan tick_interval(const limits& bounds) {
  return bounds.silence / 3;
}

} // namespace

link_broker::link_broker(caf::actor_config& config, std::shared_ptr<hub> all,
                         side which, std::string address,
                         caf::io::scribe_ptr connection)
  : caf::io::broker(config), hub_(std::move(all)), side_(which),
    address_(std::move(address)), connection_(std::move(connection)),
    handle_(connection_->hdl()), is_stranger_(which == side::server) {}

const char* link_broker::name() const {
  return "link";
}

caf::behavior link_broker::make_behavior() {
  set_default_handler(caf::drop);
  set_down_handler([this](caf::down_msg& x) { on_local_end(x); });
  if (connection_->parent() != nullptr)
    move_scribe(std::move(connection_));
  else
    add_scribe(std::move(connection_));
  since_ = last_heard_ = last_tick_ = clock().now();
  if (!hub_->adopt(caf::actor{this})) {
    end(log_level::debug, "this process ends");
    return {};
  }
  if (hub_->tls()) {
    tls_.emplace(hub_->tls()->current(), side_);
    if (auto problem = hub_->tls()->take_problem(); !problem.empty())
      hub_->report(log_level::error, "changed certificates not taken",
                   {{"why", problem}});
  }
  configure_read(handle_, caf::io::receive_policy::at_most(read_bytes));
  if (!tls_)
    on_established();
  flush_output();
  delayed_send(this, tick_interval(hub_->config().bounds), caf::tick_atom_v);
  return {
    [this](caf::io::new_data_msg& x) {
      received({x.buf.data(), x.buf.size()});
    },
    [this](const caf::io::connection_closed_msg&) {
      end(log_level::info, is_open() ? "the other side closed it"
                                     : "nobody answers there, or it was "
                                       "closed at once");
    },
    [this](caf::flush_atom) {
      write_waiting();
      flush_output();
    },
    [this](caf::tick_atom) { on_tick(); },
    [this](caf::connect_atom) -> caf::result<caf::strong_actor_ptr> {
      if (door_ && door_->get()->getf(is_terminated_flag)) {
        door_ = hub_->renew(way_, door_);
        if (!door_) {
          end(log_level::info, "its node has ended");
          return make_error(ec::not_available, "its node has ended");
        }
      }
      if (door_)
        return door_;
      if (has_ended_)
        return make_error(ec::not_available, "the link has ended");
      auto promise = make_response_promise();
      waiting_for_door_.push_back(promise);
      return caf::delegated<caf::strong_actor_ptr>{};
    },
    [this](caf::forward_atom, const caf::strong_actor_ptr& receiver,
           const caf::message& what) {
      auto frame = link::write(system(), {{receiver->node(), receiver->id()},
                                          caf::make_message_id(),
                                          nullptr,
                                          {},
                                          what});
      if (frame && is_open())
        static_cast<void>(way_->frames().put_reserved(std::move(*frame)));
    },
  };
}

void link_broker::received(std::string_view bytes) {
  if (has_ended_)
    return;
  last_heard_ = clock().now();
  counters::add(hub_->count().bytes_received, bytes.size());
  if (!tls_) {
    decoder_.feed(bytes);
  } else {
    auto was_established = tls_->is_established();
    plain_.clear();
    auto problem = tls_->receive(bytes, plain_);
    if (!was_established && tls_->is_established() && problem.empty())
      on_established();
    decoder_.feed(plain_);
    if (!problem.empty()) {
      // It may have said why before.
      take_frames();
      fault_ = fault::tls;
      return end(is_open() ? log_level::info : log_level::warning, problem);
    }
  }
  take_frames();
  if (!has_ended_) {
    pay_credit();
    flush_output();
  }
}

void link_broker::take_frames() {
  while (!has_ended_) {
    auto x = decoder_.next();
    if (!x)
      break;
    on_frame(*x);
  }
  if (!has_ended_ && !decoder_.problem().empty())
    end_for_garbage(decoder_.problem(), decoder_.problem());
}

void link_broker::on_tick() {
  if (has_ended_)
    return;
  const auto& bounds = hub_->config().bounds;
  auto now = clock().now();
  // If this process itself stood still, nobody was silent.
  if (now - std::exchange(last_tick_, now) > 2 * tick_interval(bounds))
    last_heard_ = now;
  if (!is_open() && now - since_ >= bounds.hello_timeout)
    return end(log_level::warning, "it has not said who it is in time");
  if (is_open() && now - last_heard_ >= bounds.silence)
    return end(log_level::warning, fmt::format("nothing came from it for {} ms",
                                               bounds.silence.count()));
  if (is_open()) {
    write(make_frame(frame_kind::ping));
    hub_->pending()->sweep();
  }
  flush_output();
  delayed_send(this, tick_interval(bounds), caf::tick_atom_v);
}

void link_broker::write_waiting() {
  if (!is_open() || has_ended_)
    return;
  for (const auto& x : way_->frames().take())
    write(x);
  if (way_->frames().is_stuck())
    end(log_level::warning, "it does not take what it is sent");
}

void link_broker::write(const buffer& frame) {
  if (tls_) {
    tls_->send({frame.data(), frame.size()});
    take_tls_output();
  } else {
    counters::add(hub_->count().bytes_sent, frame.size());
    auto& out = wr_buf(handle_);
    out.insert(out.end(), frame.begin(), frame.end());
  }
}

void link_broker::take_tls_output() {
  auto& out = wr_buf(handle_);
  auto before = out.size();
  tls_->take_output(out);
  counters::add(hub_->count().bytes_sent, out.size() - before);
}

void link_broker::flush_output() {
  if (has_ended_)
    return;
  if (tls_)
    take_tls_output();
  if (wr_buf(handle_).size() > hub_->config().bounds.unwritten_bytes_max)
    return end(log_level::warning, "it does not read what it is sent");
  flush(handle_);
}

void link_broker::count_end() const {
  auto& all = hub_->count();
  if (fault_ == fault::garbage)
    counters::add(all.refused_garbage);
  else if (fault_ == fault::tls && !is_open())
    counters::add(all.refused_tls);
  // Who cannot be connected to has not refused anybody.
  else if (!is_open() && side_ == side::server && !is_to_itself_)
    counters::add(all.refused_other);
}

void link_broker::end(log_level level, const std::string& why,
                      const std::string& last_words) {
  if (std::exchange(has_ended_, true))
    return;
  count_end();
  if (!is_open())
    not_reached(why);
  if (is_open())
    hub_->report(level, "link lost", {{"address", address_}, {"why", why}});
  else if (side_ == side::server && !is_to_itself_)
    hub_->report_refusal(level, address_, why);
  if (!last_words.empty() && (!tls_ || tls_->is_established()))
    write(make_frame(frame_kind::bye, last_words.substr(0, 512)));
  // Who watches it learns why.
  if (is_open())
    quit(caf::exit_reason::normal);
  else
    quit(no_way(why));
}

void link_broker::end_for_garbage(const std::string& why,
                                  const std::string& last_words) {
  fault_ = fault::garbage;
  end(log_level::warning, why, last_words);
}

void link_broker::on_exit() {
  has_ended_ = true;
  if (way_)
    hub_->lost(way_);
  for (const auto& x : watched_)
    demonitor(x);
  watched_.clear();
  if (!door_)
    not_reached("this process ends");
  if (std::exchange(is_stranger_, false))
    hub_->stranger_known();
  close_connection();
  hub_->release(address());
}

bool link_broker::cleanup(caf::error&& reason, caf::execution_unit* host) {
  close_all();
  return caf::scheduled_actor::cleanup(std::move(reason), host);
}

void link_broker::close_connection() {
  if (!valid(handle_))
    return;
  if (tls_)
    take_tls_output();
  // CAF would wait for a peer that does not read, and this process with it:
  // what the socket does not take at once is lost.
  auto socket = static_cast<int>(handle_.id());
  const auto& rest = wr_buf(handle_);
  if (!is_open() && !rest.empty())
    static_cast<void>(
      ::send(socket, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
  ::shutdown(socket, SHUT_RDWR);
  wr_buf(handle_).clear();
}

caf::actor spawn_link(const std::shared_ptr<hub>& all, side which,
                      std::string address, caf::io::scribe_ptr connection) {
  auto& system = all->system();
  caf::actor_config config{&system.middleman().backend()};
  return system.spawn_impl<link_broker, caf::no_spawn_options>(
    config, all, which, std::move(address), std::move(connection));
}

} // namespace troupe::link
