#include "tests/end_to_end/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace troupe::testing {

namespace {

std::string content_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void redirect(const std::string& path, int flags, int to) {
  auto fd = open(path.c_str(), flags, 0600);
  if (fd < 0 || dup2(fd, to) < 0)
    _exit(126);
  close(fd);
}

} // namespace

process::process(const std::string& directory, const std::string& name,
                 const std::string& program,
                 const std::vector<std::string>& args, const std::string& input,
                 int network)
  : out_(directory + "/" + name + ".out"),
    err_(directory + "/" + name + ".err") {
  auto in = directory + "/" + name + ".in";
  std::ofstream{in, std::ios::binary} << input;
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const auto& arg : args)
    argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0)
    throw std::runtime_error("fork failed");
  if (pid_ > 0)
    return;
  // A test that is killed leaves nobody behind.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (network >= 0 && setns(network, CLONE_NEWNET) != 0)
    _exit(125);
  redirect(in, O_RDONLY, STDIN_FILENO);
  redirect(out_, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
  redirect(err_, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
  if (chdir(directory.c_str()) == 0)
    execv(program.c_str(), argv.data());
  _exit(127);
}

process::~process() {
  if (is_running()) {
    send(SIGKILL);
    wait(std::chrono::seconds{10});
  }
}

void process::send(int signal) {
  if (!is_reaped_)
    kill(pid_, signal);
}

bool process::is_running() {
  if (!is_reaped_)
    is_reaped_ = waitpid(pid_, &status_, WNOHANG) == pid_;
  return !is_reaped_;
}

outcome process::wait(std::chrono::seconds bound) {
  outcome result;
  if (eventually([this] { return !is_running(); }, bound))
    result.exit_code =
      WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  result.out = out();
  result.err = err();
  return result;
}

std::string process::out() const {
  return content_of(out_);
}

std::string process::err() const {
  return content_of(err_);
}

bool eventually(const std::function<bool()>& done,
                std::chrono::milliseconds bound) {
  auto end = std::chrono::steady_clock::now() + bound;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

uint16_t free_port() {
  auto fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0
      || getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no free port");
  close(fd);
  return ntohs(address.sin_port);
}

} // namespace troupe::testing
