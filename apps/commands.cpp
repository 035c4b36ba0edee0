#include <vector>

#include "command.h"
#include "command_ablate.h"
#include "command_attribute.h"
#include "command_cluster.h"
#include "command_export.h"
#include "command_extract.h"
#include "command_info.h"
#include "command_label.h"
#include "command_probe.h"
#include "command_rank.h"
#include "command_report.h"
#include "command_tcav.h"
#include "command_view.h"
#include "self_commands.h"

namespace neurox::apps {

std::span<const Command> commands() {
  static const std::vector<Command> table{
      command("extract", "Run text through a model and keep what its neurons hold", declare_extract,
              run_extract),
      command("label", "Say which words are of a concept: patterns, lists, conditions, what text tells",
              declare_label, run_label),
      command("probe", "Train a probe: do the neurons know a concept?", declare_probe, run_probe),
      command("rank", "Order neurons by how much they carry a concept", declare_rank, run_rank),
      command("ablate", "Silence neurons and measure what the model loses", declare_ablate, run_ablate),
      {"cluster", "Group what belongs together: neurons, tokens, models; without labels", attach_cluster},
      command("attribute", "Tell which words, neurons or pairs of words a prediction uses", declare_attribute,
              run_attribute),
      command("tcav", "Ask how much a class depends on a concept", declare_tcav, run_tcav),
      command("report", "Write a page of what was found", declare_report, run_report),
      command("view", "Shade text by a neuron, in the terminal", declare_view, run_view),
      command("info", "Tell what a file or a model holds", declare_info, run_info),
      command("export", "Write other formats: NeuroX's files, CSV, TSV", declare_export, run_export),
      command("commands", "List the commands, one a line", declare_commands, run_commands),
      command("completion", "Print a completion script for a shell", declare_completion, run_completion),
      command("man", "Print a manual page", declare_man, run_man),
  };
  return table;
}

}  // namespace neurox::apps
