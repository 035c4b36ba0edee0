#include <vector>

#include "command.h"
#include "self_commands.h"

namespace neurox::apps {

std::span<const Command> commands() {
  static const std::vector<Command> table{
      command("commands", "List the commands, one a line", declare_commands, run_commands),
      command("completion", "Print a completion script for a shell", declare_completion, run_completion),
      command("man", "Print a manual page", declare_man, run_man),
  };
  return table;
}

}  // namespace neurox::apps
