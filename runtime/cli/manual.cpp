// The manual page is written from the commands themselves, so it says what they
// say.
#include "runtime/cli/manual.hpp"

#include <fmt/format.h>

#include "runtime/version.hpp"

namespace troupe::cli {

namespace {

constexpr const char* introduction = R"(.SH NAME
troupe \- a partitioned log with consumer groups
.SH SYNOPSIS
.B troupe
.I COMMAND
[\fIOPTIONS\fR]
.SH DESCRIPTION
Runs a node of Troupe, talks to one, and plays scenarios.
A node keeps topics of partitions: logs to which records are appended.
Groups of consumers share the partitions of a topic; each group goes on where
it committed, whoever of it stops or dies.
)";

constexpr const char* conclusion = R"(.SH FILES
These are the places of a system-wide installation.
.TP
.I /etc/troupe/node.json
The settings of the node that troupe.service runs.
.TP
.I /var/lib/troupe
What that node keeps.
.TP
.I /usr/share/doc/troupe/settings.md
Every setting, with its default and bounds.
.TP
.I /usr/share/doc/troupe/examples
Scenarios, and the reference of their format.
.SH EXAMPLES
.TP
troupe node \-\-data /tmp/log
Run a node that keeps its data in /tmp/log.
.TP
echo hello | troupe produce messages
Post a record.
.TP
troupe consume messages \-g readers \-\-from\-beginning
Read, as a member of a group.
.TP
troupe group describe readers
See what that group has committed, and who owns what.
.TP
systemctl enable \-\-now troupe
Run the installed node, now and after each boot.
.SH SEE ALSO
.BR systemctl (1),
.BR journalctl (1)
)";

/// Text that roff sets as it is.
std::string literal(const std::string& text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    auto at_line = i == 0 || text[i - 1] == '\n';
    if (at_line && (text[i] == '.' || text[i] == '\''))
      result += "\\&";
    if (text[i] == '\\')
      result += "\\e";
    else if (text[i] == '-')
      result += "\\-";
    else
      result += text[i];
  }
  return result;
}

std::string sentence(std::string text) {
  if (!text.empty() && text.back() != '.')
    text += '.';
  return literal(text);
}

std::string bold(const std::string& text) {
  return "\\fB" + literal(text) + "\\fR";
}

std::string italic(const std::string& text) {
  return "\\fI" + literal(text) + "\\fR";
}

bool is_shown(const CLI::Option* option) {
  return !option->get_group().empty();
}

bool is_listed(const CLI::App* command) {
  return !command->get_group().empty();
}

/// What an option is called: '-p, --partition INT', or the name of a
/// positional.
std::string title(const CLI::Option& option) {
  if (option.get_positional())
    return italic(option.get_name(true));
  std::string result;
  for (const auto& name : option.get_snames())
    result += fmt::format("{}{}", result.empty() ? "" : ", ", bold("-" + name));
  for (const auto& name : option.get_lnames())
    result +=
      fmt::format("{}{}", result.empty() ? "" : ", ", bold("--" + name));
  auto type = option.get_type_name();
  // 'INT:INT in [0 - 9]' says its type twice.
  if (auto colon = type.find(':'); type.find(" in ") != std::string::npos)
    type.erase(0, colon == std::string::npos ? 0 : colon + 1);
  if (option.get_items_expected_max() > 0 && !type.empty())
    result += " " + italic(type);
  return result;
}

std::string names_of(const std::set<CLI::Option*>& options) {
  std::string result;
  for (const auto* x : options)
    result += fmt::format("{}{}", result.empty() ? "" : ", ", x->get_name());
  return result;
}

std::string entry(const CLI::Option& option) {
  auto result = fmt::format(".TP\n{}\n{}\n", title(option),
                            sentence(option.get_description()));
  auto add = [&](const std::string& what, const std::string& value) {
    if (!value.empty())
      result += fmt::format("{} {}.\n", what, literal(value));
  };
  add("Default:", option.get_default_str());
  add("Environment variable:", option.get_envname());
  add("Needs", names_of(option.get_needs()));
  add("Not with", names_of(option.get_excludes()));
  return result;
}

/// A command with what it takes; then those below it.
std::string section(const CLI::App& command, const std::string& path) {
  std::string usage = bold(path);
  std::string positionals;
  std::string options;
  for (const auto* option : command.get_options(is_shown)) {
    if (option == command.get_help_ptr())
      continue;
    if (option->get_positional()) {
      usage += fmt::format(" {}{}", italic(option->get_name(true)),
                           option->get_items_expected_max() > 1 ? "..." : "");
      positionals += entry(*option);
    } else {
      options += entry(*option);
    }
  }
  auto below = command.get_subcommands(is_listed);
  if (!below.empty())
    usage += " " + italic("COMMAND");
  if (!options.empty())
    usage += fmt::format(" [{}]", italic("OPTIONS"));
  auto result =
    fmt::format(".SS {}\n{}\n{}{}", usage, sentence(command.get_description()),
                positionals, options);
  for (const auto* x : below)
    result += section(*x, path + " " + x->get_name());
  return result;
}

} // namespace

std::string manual_page(const CLI::App& app) {
  auto result = fmt::format(".TH TROUPE 1 \"\" \"troupe {}\" \"Troupe\"\n{}",
                            version, introduction);
  result += ".SH OPTIONS\n";
  for (const auto* option : app.get_options(is_shown))
    result += entry(*option);
  result += ".SH COMMANDS\nEach has " + bold("--help") + ", too.\n";
  for (const auto* command : app.get_subcommands(is_listed))
    result += section(*command, "troupe " + command->get_name());
  result += ".SH EXIT STATUS\n" + literal(app.get_footer()) + "\n";
  return result + conclusion;
}

} // namespace troupe::cli
