#include "self_commands.h"

#include <fmt/ranges.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "command.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"

namespace neurox::apps {
namespace {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::vector<const Command*> public_commands() {
  std::vector<const Command*> out;
  for (const Command& c : commands())
    if (!is_self_command(c.name)) out.push_back(&c);
  return out;
}

/// The options and arguments of a command, as its parser declares them.
std::unique_ptr<CLI::App> parser_of(const Command& c) {
  auto app = std::make_unique<CLI::App>(c.summary, c.name);
  c.attach(*app);
  return app;
}

std::vector<std::string> option_names(const Command& c) {
  std::vector<std::string> names;
  const auto app = parser_of(c);
  for (const CLI::Option* option : app->get_options()) {
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// roff: a backslash and a leading dot mean something, a plain hyphen would be typeset.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '\n')
      out += "\n.br\n";
    else
      out += c;
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string man_of(const Command& c) {
  const auto app = parser_of(c);
  std::string title = "NEUROX-" + c.name;
  std::transform(title.begin(), title.end(), title.begin(),
                 [](unsigned char x) { return static_cast<char>(std::toupper(x)); });
  std::string usage, arguments, options;
  for (const CLI::Option* option : app->get_options()) {
    const bool positional = option->nonpositional() ? false : !option->get_name(true, false).empty();
    const std::string name = positional ? option->get_name(true, false) : option->get_name(false, true);
    const std::string type = option->get_type_name();
    const std::string entry =
        fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", roff(name), type.empty() ? "" : " \\fI" + roff(type) + "\\fR",
                    roff(option->get_description()));
    if (positional) {
      usage += fmt::format(" \\fI{}\\fR", roff(name));
      arguments += entry;
    } else {
      options += entry;
    }
  }
  std::string page = fmt::format(".TH {} 1 \"\" \"neurox {}\" \"neurox\"\n.SH NAME\nneurox\\-{} \\- {}\n",
                                 title, NEUROX_VERSION, roff(c.name), roff(c.summary));
  page += fmt::format(".SH SYNOPSIS\n\\fBneurox {}\\fR{} [\\fIOPTIONS\\fR]\n", roff(c.name), usage);
  if (!app->get_footer().empty()) page += fmt::format(".SH DESCRIPTION\n{}\n", roff(app->get_footer()));
  if (!arguments.empty()) page += ".SH ARGUMENTS\n" + arguments;
  page += ".SH OPTIONS\n" + options;
  page +=
      ".SH EXIT STATUS\n0 success, 1 bad input or numbers, 2 wrong usage.\n.SH SEE ALSO\n\\fBneurox\\fR(1)\n";
  return page;
}

std::string man_of_program() {
  std::string page = fmt::format(
      ".TH NEUROX 1 \"\" \"neurox {}\" \"neurox\"\n.SH NAME\nneurox \\- fine\\-grained interpretation and "
      "causation analysis of "
      "language models\n.SH SYNOPSIS\n\\fBneurox\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH COMMANDS\n",
      NEUROX_VERSION);
  for (const Command* c : public_commands())
    page += fmt::format(".TP\n\\fBneurox\\-{}\\fR(1)\n{}\n", roff(c->name), roff(c->summary));
  return page;
}

std::string bash_completion() {
  std::string names, cases;
  for (const Command* c : public_commands()) {
    names += (names.empty() ? "" : " ") + c->name;
    cases += fmt::format("    {}) options=\"{}\" ;;\n", c->name, fmt::join(option_names(*c), " "));
  }
  return fmt::format(
      "# bash completion for neurox\n_neurox() {{\n  local word=\"${{COMP_WORDS[COMP_CWORD]}}\" "
      "options=\"\"\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W \"{} --help --version\" -- \"$word\")); "
      "return; fi\n"
      "  case \"${{COMP_WORDS[1]}}\" in\n{}  esac\n"
      "  case \"$word\" in\n    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
      "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n  esac\n}}\ncomplete -o filenames -F _neurox "
      "neurox\n",
      names, cases);
}

std::string zsh_completion() {
  std::string names, cases;
  for (const Command* c : public_commands()) {
    names += fmt::format("    '{}:{}'\n", c->name, c->summary);
    cases += fmt::format("    {}) compadd -- {}; _files ;;\n", c->name, fmt::join(option_names(*c), " "));
  }
  return fmt::format(
      "#compdef neurox\n_neurox() {{\n  local -a names\n  names=(\n{}  )\n"
      "  if (( CURRENT == 2 )); then _describe command names; return; fi\n  case $words[2] in\n{}  "
      "esac\n}}\n_neurox \"$@\"\n",
      names, cases);
}

std::string fish_completion() {
  std::string out = "# fish completion for neurox\n";
  for (const Command* c : public_commands()) {
    out += fmt::format("complete -c neurox -n __fish_use_subcommand -a {} -d '{}'\n", c->name, c->summary);
    const auto app = parser_of(*c);
    for (const CLI::Option* option : app->get_options())
      for (const std::string& name : option->get_lnames()) {
        std::string text = option->get_description();
        std::replace(text.begin(), text.end(), '\'', '`');
        out += fmt::format("complete -c neurox -n '__fish_seen_subcommand_from {}' -l {} -d '{}'\n", c->name,
                           name, text);
      }
  }
  return out;
}

}  // namespace

bool is_self_command(const std::string& name) {
  return name == "commands" || name == "completion" || name == "man";
}

void declare_commands(CLI::App&, CommandsOptions&) {}
void run_commands(const CommandsOptions&) {
  for (const Command* c : public_commands()) print(c->name + "\n");
}

void declare_completion(CLI::App& app, CompletionOptions& options) {
  app.add_option("SHELL", options.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->type_name("");
}
void run_completion(const CompletionOptions& options) {
  print(options.shell == "bash"  ? bash_completion()
        : options.shell == "zsh" ? zsh_completion()
                                 : fish_completion());
}

void declare_man(CLI::App& app, ManOptions& options) {
  app.add_option("COMMAND", options.command, "The command; the program itself when left out")->type_name("");
}
void run_man(const ManOptions& options) {
  if (options.command.empty()) return print(man_of_program());
  std::vector<std::string> names;
  for (const Command* c : public_commands()) {
    if (c->name == options.command) return print(man_of(*c));
    names.push_back(c->name);
  }
  throw usage_error("no command '{}'{}", options.command, did_you_mean(options.command, names));
}

}  // namespace neurox::apps
