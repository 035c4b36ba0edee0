#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace neurox::apps {

/// What the table of commands says of itself: names, completion scripts, manual pages. Hidden from the help
/// of `neurox`.
struct CommandsOptions {};
void declare_commands(CLI::App& app, CommandsOptions& options);
void run_commands(const CommandsOptions& options);

struct CompletionOptions {
  std::string shell;
};
void declare_completion(CLI::App& app, CompletionOptions& options);
void run_completion(const CompletionOptions& options);

struct ManOptions {
  std::string command;
};
void declare_man(CLI::App& app, ManOptions& options);
void run_man(const ManOptions& options);

/// Whether a command is about the program and not about models.
bool is_self_command(const std::string& name);

}  // namespace neurox::apps
