#include "attribute_trees.h"

#include <algorithm>
#include <filesystem>

#include "attribute_readings.h"
#include "neurox/attribute/tree_methods.h"
#include "neurox/core/error.h"
#include "neurox/core/hash.h"
#include "tree_table.h"

namespace neurox::apps {
namespace {

const attribute::TreeMethod* tree_method(const std::string& name) {
  for (const attribute::TreeMethod& m : attribute::tree_methods())
    if (m.name == name) return &m;
  return nullptr;
}

}  // namespace

std::string tree_method_names() {
  std::string names;
  for (const auto& m : attribute::tree_methods()) names += (names.empty() ? "" : ", ") + std::string(m.name);
  return names;
}

bool run_trees(const AttributeCommandOptions& options) {
  if (tree_method(options.methods.front()) == nullptr) return false;
  std::vector<const attribute::TreeMethod*> methods;
  for (const std::string& name : options.methods) {
    methods.push_back(tree_method(name));
    if (methods.back() == nullptr)
      throw usage_error("attribute: '{}' is no method of trees of words; those are {}", name,
                        tree_method_names());
  }
  if (!options.sites.empty())
    throw usage_error("attribute: --method {} is of words and goes without --sites", options.methods.front());
  AttributeCommandOptions asked = options;
  const bool baselines = std::any_of(methods.begin(), methods.end(),
                                     [](const auto* m) { return m->uses != attribute::BaselineUse::None; });
  if (!baselines) asked.baselines = {"zero"};  // none is looked for
  ReadingJob job(asked, "trees");
  const std::vector<std::string> files = attribute::Baselines::files(asked.baselines);
  for (const std::string& file : files) job.writing.inputs.emplace_back(file);
  io::check_output(asked.output.path, job.writing);
  const attribute::ExampleMaker maker(job.loaded.model, job.loaded.tokenizer, *job.corpus,
                                      example_options(asked));
  TreeTable table;
  const std::int64_t sentences = job.over_examples(
      maker, [&](const io::Sentence& sentence, std::int64_t number, const attribute::Example& example) {
        for (const auto* method : methods)
          table.add(number, sentence, example, std::string(method->name), method->run(example));
      });
  job.provenance.settings["method"] = asked.methods;
  job.provenance.settings["target"] = asked.target;
  job.provenance.settings["scale"] = asked.scale;
  job.provenance.settings["unit"] = asked.unit;
  if (!asked.against.empty()) job.provenance.settings["against"] = asked.against;
  if (!asked.answer.empty()) job.provenance.settings["answer"] = asked.answer;
  if (baselines) job.provenance.settings["baseline"] = maker.baselines();
  for (const std::string& file : files)
    job.provenance.inputs.emplace_back(std::filesystem::path(file).filename().string(), sha256_file(file));
  job.write(table.anndata(), sentences);
  table.show(job.console, asked.show);
  job.finish();
  return true;
}

}  // namespace neurox::apps
