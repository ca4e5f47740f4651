#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <caf/io/broker.hpp>
#include <caf/io/scribe.hpp>
#include <caf/response_promise.hpp>

#include "runtime/link/hub.hpp"

namespace troupe::link {

/// LINK: one connection to another process. It says who speaks, lets messages
/// pass as long as they are taken, and ends when the other side is silent or
/// says what it must not. Ask it with `connect_atom` for the actor that the
/// other side publishes: it answers when there is one, or with what went wrong.
class link_broker : public caf::io::broker {
public:
  /// `address`: of the other side, for people. The connection: a server has it
  /// from its listener, a client may still be connecting.
  link_broker(caf::actor_config& config, std::shared_ptr<hub> all, side which,
              std::string address, caf::io::scribe_ptr connection);

  const char* name() const override;

  caf::behavior make_behavior() override;

  void on_exit() override;

  /// Also answers what is in the mailbox: CAF's brokers do not, and with a
  /// delayed message to themselves there they would stay for ever.
  bool cleanup(caf::error&& reason, caf::execution_unit* host) override;

private:
  // -- the connection (link.cpp) ---------------------------------------------

  void received(std::string_view bytes);
  void take_frames();
  void on_tick();
  /// What waits in the channel goes out.
  void write_waiting();
  void write(const buffer& frame);
  void flush_output();
  /// Ends the link. `last_words` are for the other side.
  void end(log_level level, const std::string& why,
           const std::string& last_words = {});
  /// Ends it for what no link says.
  void end_for_garbage(const std::string& why, const std::string& last_words);
  void count_end() const;
  void take_tls_output();
  void close_connection();

  // -- who is there (link_hello.cpp) -----------------------------------------

  void on_established();
  void say_hello();
  void on_hello(std::string_view content);
  void open(const hello& peer);
  /// By another address.
  void meet_itself(const hello& peer);
  void not_reached(const std::string& why);
  caf::error no_way(const std::string& why) const;

  // -- frames (link_frames.cpp) ----------------------------------------------

  void on_frame(const frame& x);
  void on_message(const frame& x);
  void on_credit(std::string_view content);
  void on_monitor(std::string_view content);
  void on_down(std::string_view content);
  void deliver(envelope x);
  /// Answers what its role does not go as far as, and says so.
  bool is_refused(const envelope& x);
  /// A link between actors begins or ends.
  bool is_about_links(const envelope& x, const caf::strong_actor_ptr& receiver);
  void on_local_end(const caf::down_msg& x);
  void pay_credit();

  bool is_open() const {
    return way_ != nullptr;
  }

  std::shared_ptr<hub> hub_;
  side side_;
  std::string address_;
  caf::io::scribe_ptr connection_;
  caf::io::connection_handle handle_;
  std::optional<tls_session> tls_;
  /// In the clear, as far as it is not cut into frames.
  std::string plain_;
  frame_decoder decoder_;
  bool is_stranger_;
  bool has_ended_ = false;
  /// Why it ends, for who counts.
  enum class fault : uint8_t { none, tls, garbage } fault_ = fault::none;
  bool is_to_itself_ = false;
  /// The other side, once it is known.
  std::shared_ptr<outlet> way_;
  peer_role role_ = peer_role::none;
  caf::strong_actor_ptr door_;
  std::vector<caf::response_promise> waiting_for_door_;
  /// Bytes of messages that actors here took, and the other side does not know
  /// of yet.
  uint64_t owed_ = 0;
  /// What was refused and is in the log.
  std::set<std::string> refusals_;
  /// Actors here whose end the other side wants to know.
  std::set<caf::actor_addr> watched_;
  caf::actor_clock::time_point since_;
  caf::actor_clock::time_point last_heard_;
  caf::actor_clock::time_point last_tick_;
};

/// Begins a link; any thread.
caf::actor spawn_link(const std::shared_ptr<hub>& all, side which,
                      std::string address, caf::io::scribe_ptr connection);

} // namespace troupe::link
