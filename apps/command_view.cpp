#include "command_view.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "console.h"
#include "neuron_choice.h"
#include "neurox/core/error.h"
#include "neurox/io/activation_reader.h"
#include "neurox/report/kinds_of_file.h"
#include "neurox/report/neurons_on_text.h"
#include "neurox/report/view_neuron.h"

namespace neurox::apps {
namespace {

constexpr std::size_t most_neurons = 100;

ViewOptions view_options(const std::string& colour) {
  ViewOptions view;
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  if (colour == "always") view.colour = TerminalColour::TrueColour;
  if (colour == "auto")
    view.colour =
        terminal_colour({terminal, std::getenv("NO_COLOR"), std::getenv("COLORTERM"), std::getenv("TERM")});
  winsize size{};
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) view.width = size.ws_col;
  return view;
}

nlohmann::ordered_json as_json(const NeuronFindings& n) {
  const auto words = [](const std::vector<WordScore>& list) {
    auto out = nlohmann::ordered_json::array();
    for (const WordScore& w : list)
      out.push_back({{"word", w.word}, {"count", w.count}, {"mean", w.mean}, {"z", w.z}});
    return out;
  };
  const auto contexts = [](const std::vector<Context>& list) {
    auto out = nlohmann::ordered_json::array();
    for (const Context& c : list) {
      auto tokens = nlohmann::ordered_json::array();
      for (const ShadedPiece& p : c.pieces)
        if (p.token) tokens.push_back({{"token", p.text}, {"value", p.value}, {"focus", p.focus}});
      out.push_back(
          {{"sentence", c.sentence}, {"row", c.row}, {"value", c.value}, {"tokens", std::move(tokens)}});
    }
    return out;
  };
  return {{"neuron", n.address},
          {"kinds", n.kinds},
          {"mean", n.statistics.mean},
          {"variance", n.statistics.variance},
          {"min", n.statistics.min},
          {"max", n.statistics.max},
          {"high_words", words(n.high_words)},
          {"low_words", words(n.low_words)},
          {"top", contexts(n.top)},
          {"random", contexts(n.random)},
          {"bottom", contexts(n.bottom)}};
}

}  // namespace

void declare_view(CLI::App& app, ViewCommandOptions& options) {
  app.add_option("ACTIVATIONS", options.activations, "Activations, as extract writes them")
      ->required()
      ->type_name("");
  app.add_option("NEURONS", options.neurons,
                 "Neurons to show, e.g. blocks.5.hook_resid_post:12 or mlp_post@3:0-4")
      ->type_name("");
  app.add_flag("--kinds", options.kinds,
               "List the neurons that are saturated, dead, constant, or of high or low variance");
  app.add_option("--kind", options.kind, "List the neurons of this kind alone")
      ->check(CLI::IsMember({"saturated", "dead", "constant", "high-variance", "low-variance"}))
      ->type_name("KIND");
  app.add_option("--contexts", options.contexts, "Sentences of each sort")
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--words", options.words, "Words at each end")->capture_default_str()->type_name("N");
  app.add_option("--color", options.colour, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str()
      ->type_name("WHEN");
  declare_course(app, options.course);
  declare_seed(app, options.seed);
  declare_common(app, options.common);
  app.footer(
      "Shades text by a neuron: its highest, lowest and random sentences, the words that drive it, what its "
      "values are like. With --course: what it does from word to word over many sentences, and what an added "
      "word changes.");
}

void run_view(const ViewCommandOptions& options) {
  if (!options.course.course) refuse_course_options(options.course);
  Console console(options.common);
  const auto file = io::ActivationReader::open(options.activations);
  if (options.kinds || !options.kind.empty()) {
    if (options.course.course) throw usage_error("view: --course and --kinds are two views; ask for one");
    const KindFindings kinds = kinds_of_file(*file);
    std::vector<std::vector<nlohmann::ordered_json>> rows;
    for (const KindRow& row : kinds.rows)
      if (options.kind.empty() ||
          std::find(row.kinds.begin(), row.kinds.end(), options.kind) != row.kinds.end())
        for (const std::string& kind : row.kinds)
          if (options.kind.empty() || kind == options.kind)
            rows.push_back({row.address, kind, row.statistics.mean, row.statistics.variance,
                            row.statistics.min, row.statistics.max});
    if (options.common.json)
      console.table("neurons", {"neuron", "kind", "mean", "variance", "min", "max"}, rows);
    else
      console.note(view_kinds(kinds, options.kind));
    return console.finish();
  }
  if (options.neurons.empty())
    throw usage_error("view: name neurons, e.g. {}, or give --kinds", file->neurons().address(0));
  const std::vector<std::int64_t> columns = chosen_neurons(options.neurons, file->neurons());
  if (columns.size() > most_neurons)
    throw usage_error("view: {} neurons are too many to look at; name at most {}", columns.size(),
                      most_neurons);
  if (options.course.course)
    return run_course(*file, columns, options.neurons, options.course, options.common);
  TextOptions text;
  text.contexts.contexts = options.contexts;
  text.contexts.words = options.words;
  text.contexts.seed = options.seed;
  const ViewOptions view = view_options(options.colour);
  std::vector<std::vector<nlohmann::ordered_json>> rows;
  for (const NeuronFindings& neuron : neurons_on_text(*file, columns, text)) {
    if (options.common.json)
      rows.push_back({as_json(neuron)});
    else
      console.note(view_neuron(neuron, view));
  }
  if (options.common.json) console.table("neurons", {"neuron"}, rows);
  console.finish();
}

}  // namespace neurox::apps
