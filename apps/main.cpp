#include <malloc.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "command.h"
#include "console.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "self_commands.h"

namespace neurox::apps {
namespace {

/// CLI11 answers a misspelt command with "A subcommand is required": look at the word first.
void check_command(const std::string& word) {
  std::vector<std::string> names;
  for (const Command& c : commands()) {
    if (c.name == word) return;
    if (!is_self_command(c.name)) names.push_back(c.name);
  }
  throw usage_error("no command '{}'{}; `neurox --help` lists them", word, did_you_mean(word, names));
}

[[noreturn]] void refuse(const CLI::App& sub, const CLI::ParseError& error) {
  // Words that no option took: name the nearest option there is.
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    std::vector<std::string> names;
    for (const CLI::Option* option : sub.get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& word : sub.remaining())
      if (word.starts_with('-')) {
        const std::string name = word.substr(0, word.find('='));
        throw usage_error("{}: no option '{}'{}; `neurox {} --help` lists them", sub.get_name(), name,
                          did_you_mean(name, names), sub.get_name());
      }
    throw usage_error("{}: '{}' is one argument too many", sub.get_name(), sub.remaining().front());
  }
  throw usage_error("{}: {}", sub.get_name(), error.what());
}

int run(int argc, char** argv) {
  CLI::App app("Which neurons carry a concept, which does a prediction use, and what changes without them.",
               "neurox");
  app.set_version_flag("--version", std::string("neurox ") + NEUROX_VERSION);
  app.footer("`neurox COMMAND --help` describes a command.");
  app.require_subcommand(1);
  std::vector<std::pair<CLI::App*, std::function<void()>>> runners;
  for (const Command& c : commands()) {
    CLI::App* sub = app.add_subcommand(c.name, c.summary);
    if (is_self_command(c.name)) sub->group("");
    sub->allow_extras();  // reported by refuse(), with a suggestion
    runners.emplace_back(sub, c.attach(*sub));
  }
  if (argc < 2) {
    std::fputs(app.help().c_str(), stderr);
    return 2;
  }
  if (argv[1][0] != '-') check_command(argv[1]);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);  // --help and --version
  } catch (const CLI::ParseError& error) {
    for (const auto& [sub, unused] : runners)
      if (sub->parsed() || sub->get_name() == argv[1]) refuse(*sub, error);
    throw usage_error("{}", error.what());
  }
  for (const auto& [sub, runner] : runners) {
    if (!sub->parsed()) continue;
    if (!sub->remaining().empty()) refuse(*sub, CLI::ExtrasError(sub->remaining()));
    runner();
  }
  return 0;
}

int guarded(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("neurox"));
  spdlog::set_pattern("%n: %^%l%$: %v");
  remember_command_line(argc, argv);
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    spdlog::error(error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    spdlog::error("out of memory; give a smaller --memory");
    return 1;
  } catch (const std::exception& error) {
    const char* end = std::strchr(error.what(), '\n');  // LibTorch appends a stack trace
    spdlog::error("unexpected: {}",
                  end != nullptr ? std::string(error.what(), end) : std::string(error.what()));
    return 1;
  }
}

}  // namespace
}  // namespace neurox::apps

int main(int argc, char** argv) {
  // A pass makes and drops tensors of megabytes: keep their pages rather than ask the kernel for new ones
  // each time.
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  // oneDNN keeps compiled code for a thousand shapes; batches come in ever new ones, and memory would grow
  // with the corpus.
  setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32", 0);
  setenv("LRU_CACHE_CAPACITY", "32", 0);
  const int code = neurox::apps::guarded(argc, argv);
  // Everything of ours is unwound by now. LibTorch takes its tables apart for a tenth of a second, and HDF5's
  // own clean-up crashes on a file whose last write failed (a full disk).
  std::fflush(nullptr);
  std::_Exit(code);
}
