#include "tcav_design.h"

#include <algorithm>
#include <map>
#include <utility>

#include "context_corpus.h"
#include "model_input.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"

namespace neurox::apps {
namespace {

using tcav::ExampleSet;

constexpr int kDraws = 20;

std::unique_ptr<io::CorpusReader> open(const ConceptArguments& arguments, const std::string& path,
                                       const std::vector<std::string>& label_files = {}) {
  io::CorpusOptions options;
  options.label_tables = label_files;
  options.format = arguments.format;
  options.text_column = arguments.text_column;
  options.second_column = arguments.pair_column;
  try {
    return io::CorpusReader::open(path, options);
  } catch (const Error& e) {
    // These files have options of their own.
    std::string message = e.what();
    const std::string theirs = "--text-column";
    if (const std::size_t at = message.find(theirs); at != std::string::npos)
      message.replace(at, theirs.size(), "--concept-column, or read lines with --concept-format text");
    throw Error(e.kind(), message);
  }
}

void check_forms(const ConceptArguments& a, const std::vector<ConceptSpec>& specs) {
  const bool labels = !specs.front().label.empty();
  for (const ConceptSpec& s : specs) {
    if (s.label.empty() == labels)
      throw usage_error("tcav: concepts from files and from labels in one run; make two runs");
    if (labels && s.label != specs.front().label)
      throw usage_error("tcav: concepts from the labels '{}' and '{}' in one run; make two runs",
                        specs.front().label, s.label);
  }
  if (labels) {
    if (a.labelled.empty())
      throw usage_error("tcav: concepts from labels need --labelled, an annotated corpus");
    if (!a.random.empty() || !a.random_from.empty())
      throw usage_error("tcav: concepts from labels have other words as counterpart; leave --random out");
    return;
  }
  if (!a.labelled.empty()) throw usage_error("tcav: --labelled is for concepts NAME=label:SET=VALUE");
  if (!a.label_files.empty()) throw usage_error("tcav: --labels names label files of --labelled");
  if (a.random.empty() == a.random_from.empty())
    throw usage_error(
        "tcav: give random counterparts, either as several --random files or with --random-from");
}

void add_relative(const ConceptArguments& arguments, const std::vector<ExampleSet>& concepts,
                  tcav::Design& design) {
  std::vector<std::string> names{"others"};
  for (const ExampleSet& c : concepts) names.push_back(c.name);
  for (const std::string& against : arguments.against) {
    const auto it = std::find_if(concepts.begin(), concepts.end(),
                                 [&](const ExampleSet& c) { return c.name == against; });
    if (against != "others" && it == concepts.end())
      throw usage_error("tcav: --against '{}' is no concept{}", against, did_you_mean(against, names));
    if (concepts.size() < 2) throw usage_error("tcav: --against needs a second concept");
    for (const ExampleSet& c : concepts) {
      if (c.name == against) continue;
      if (it != concepts.end()) {
        design.against_concept(c, *it);
        continue;
      }
      ExampleSet others{"others", c.source, {}};
      for (const ExampleSet& other : concepts)
        if (other.name != c.name)
          others.examples.insert(others.examples.end(), other.examples.begin(), other.examples.end());
      design.against_concept(c, others);
    }
  }
}

}  // namespace

std::vector<ConceptSpec> parse_concepts(const std::vector<std::string>& texts) {
  std::vector<ConceptSpec> out;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
      throw usage_error("concept '{}': write NAME=FILE, NAME=contexts:RANKING or NAME=label:SET=VALUE", text);
    ConceptSpec spec{text.substr(0, equals), text.substr(equals + 1), {}, {}, false};
    constexpr std::string_view of_ranking = "contexts:";
    if (spec.file.starts_with(of_ranking)) {
      spec.contexts = true;
      spec.file.erase(0, of_ranking.size());
    }
    constexpr std::string_view prefix = "label:";
    if (spec.file.starts_with(prefix)) {
      const std::size_t second = spec.file.find('=');
      if (second == std::string::npos || second == prefix.size() || second + 1 == spec.file.size())
        throw usage_error("concept '{}': after label: comes SET=VALUE, e.g. adj=label:upos=ADJ", text);
      spec.label = spec.file.substr(prefix.size(), second - prefix.size());
      spec.value = spec.file.substr(second + 1);
      spec.file.clear();
    }
    for (const ConceptSpec& before : out)
      if (before.name == spec.name) throw usage_error("two concepts are named '{}'", spec.name);
    out.push_back(std::move(spec));
  }
  return out;
}

TcavPlan plan_tcav(const ConceptArguments& arguments, const text::Tokenizer& tokenizer,
                   const extract::PlanOptions& plan, io::Provenance& provenance) {
  const std::vector<ConceptSpec> specs = parse_concepts(arguments.concepts);
  check_forms(arguments, specs);
  const bool labels = !specs.front().label.empty();
  if (labels && plan.unit != extract::Unit::Word)
    throw usage_error("tcav: concepts from labels are of words; add --at word");
  const bool draws = labels || !arguments.random_from.empty();
  TcavPlan out;
  out.examples = std::make_unique<tcav::Examples>(
      tokenizer, tcav::ReadOptions{plan, arguments.dropped_words, arguments.most, arguments.seed});
  const int runs = arguments.runs == 0 && draws ? kDraws : arguments.runs;
  out.design = std::make_unique<tcav::Design>(*out.examples,
                                              tcav::DesignOptions{arguments.minimum, runs, arguments.seed});
  const auto read_from = [&](const std::string& name, io::CorpusReader& corpus, Index most) {
    ExampleSet set = out.examples->read(name, corpus, most);
    add_corpus(provenance, corpus);
    return set;
  };
  const auto read = [&](const std::string& name, const std::string& path, Index most) {
    return read_from(name, *open(arguments, path), most);
  };

  std::vector<ExampleSet> concepts;
  if (labels) {
    const auto corpus = open(arguments, arguments.labelled, arguments.label_files);
    std::vector<std::string> values;
    for (const ConceptSpec& s : specs) values.push_back(s.value);
    concepts = out.examples->read_labels(*corpus, specs.front().label, values, arguments.pool);
    add_corpus(provenance, *corpus);
    const ExampleSet pool = std::move(concepts.back());
    concepts.pop_back();
    for (std::size_t c = 0; c < specs.size(); ++c) {
      concepts[c].name = specs[c].name;
      out.design->against_draws(concepts[c], pool_without_label(*out.examples, pool, specs[c].value));
    }
  } else {
    for (const ConceptSpec& s : specs)
      concepts.push_back(s.contexts ? read_from(s.name, *open_contexts(s.file), arguments.most)
                                    : read(s.name, s.file, arguments.most));
    if (draws) {
      const ExampleSet pool = read("pool", arguments.random_from, arguments.pool);
      for (const ExampleSet& c : concepts)
        out.design->against_draws(c, pool_without_texts(*out.examples, pool, c));
    } else {
      std::vector<ExampleSet> random;
      for (const std::string& path : arguments.random) random.push_back(read(path, path, arguments.most));
      for (const ExampleSet& c : concepts) out.design->against_sets(c, random);
    }
  }
  add_relative(arguments, concepts, *out.design);
  return out;
}

std::vector<std::string> files_of(const ConceptArguments& arguments) {
  std::vector<std::string> out = arguments.random;
  for (const ConceptSpec& s : parse_concepts(arguments.concepts))
    if (!s.file.empty()) out.push_back(s.contexts ? file_of_contexts(s.file) : s.file);
  if (!arguments.random_from.empty()) out.push_back(arguments.random_from);
  if (!arguments.labelled.empty()) out.push_back(arguments.labelled);
  out.insert(out.end(), arguments.label_files.begin(), arguments.label_files.end());
  return out;
}

}  // namespace neurox::apps
