#include "command_report.h"

#include <filesystem>

#include "console.h"
#include "neurox/io/output.h"
#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"

namespace neurox::apps {

void declare_report(CLI::App& app, ReportCommandOptions& options) {
  app.add_option("FILES", options.files,
                 "What extract, probe, rank, ablate, attribute and tcav write, in any mix")
      ->required()
      ->type_name("");
  declare_output(app, options.output, "Page to write (.html)");
  app.add_option("--title", options.title, "Title of the page")->type_name("TEXT");
  app.add_option("--neurons", options.neurons, "Best neurons of each ranking to show on text")
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--show", options.addresses,
                 "Show these neurons on text instead, e.g. blocks.5.mlp.hook_post:12")
      ->delimiter(',')
      ->type_name("NEURONS");
  app.add_option("--contexts", options.contexts, "Sentences of each sort for a neuron")
      ->capture_default_str()
      ->type_name("N");
  declare_seed(app, options.seed);
  declare_common(app, options.common);
  app.footer(
      "Writes one page that opens without a network: accuracies by layer, where the neurons live, what "
      "ablation does, neurons on text.");
}

void run_report(const ReportCommandOptions& options) {
  Console console(options.common);
  const std::vector<std::filesystem::path> files(options.files.begin(), options.files.end());
  const io::WriteOptions writing{options.output.force, files};
  io::OutputFile out(options.output.path, writing);
  ReportOptions work;
  work.title = options.title;
  work.version = NEUROX_VERSION;
  work.command = command_line();
  work.neurons = options.neurons;
  work.contexts.contexts = options.contexts;
  work.contexts.seed = options.seed;
  work.addresses = options.addresses;
  const ReportData data = load_report(files, work);
  out.write(render_page(data));
  out.commit();
  console.figure("files", files.size());
  console.figure("neurons on text", data.neurons.size());
  for (const std::string& note : data.notes) console.note(note);
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
