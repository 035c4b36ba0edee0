#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace neurox::apps {

/// One subcommand: its name, its one-line summary, and how it is put on a parser.
/// `attach` declares the options on `app` (opening no file) and returns what runs the command once they are
/// parsed.
struct Command {
  std::string name;
  std::string summary;
  std::function<std::function<void()>(CLI::App& app)> attach;
};

/// The one table of subcommands: help, man pages, completion, the suggestions for misspelt names and the
/// tests read it.
std::span<const Command> commands();

/// A row of the table, from the three things that every command file offers.
template <class Options>
Command command(std::string name, std::string summary, void (*declare)(CLI::App&, Options&),
                void (*run)(const Options&)) {
  return {std::move(name), std::move(summary), [declare, run](CLI::App& app) -> std::function<void()> {
            auto options = std::make_shared<Options>();
            declare(app, *options);
            return [options, run] { run(*options); };
          }};
}

}  // namespace neurox::apps
