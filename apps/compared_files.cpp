#include "compared_files.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"

namespace neurox::apps {
namespace {

constexpr const char* kAllClasses = "overall";

/// File names without folders and endings, told apart by a number where two are the same.
std::vector<std::string> short_names(const std::vector<NeuronFile>& files) {
  std::vector<std::string> names;
  for (const NeuronFile& file : files) {
    std::string name = std::filesystem::path(file.path).filename().string();
    for (const char* ending : {".h5ad", ".rank"})
      if (name.size() > std::string(ending).size() && name.ends_with(ending))
        name.resize(name.size() - std::string(ending).size());
    const std::string plain = name;
    for (int n = 2; std::find(names.begin(), names.end(), name) != names.end(); ++n)
      name = fmt::format("{} ({})", plain, n);
    names.push_back(name);
  }
  return names;
}

ComparedItem item_of(const NeuronFile& file, const std::string& concept_name, std::string name) {
  const auto it = std::find(file.concepts.begin(), file.concepts.end(), concept_name);
  if (it == file.concepts.end())
    throw usage_error("{}: no concept '{}'{}; it ranks {}", file.path, concept_name,
                      did_you_mean(concept_name, file.concepts), fmt::join(file.concepts, ", "));
  const auto column = static_cast<Index>(it - file.concepts.begin());
  const auto column_of = [&](const MatrixF& M) {
    const VectorD values = M.col(column).cast<double>();
    return std::vector<double>(values.begin(), values.end());
  };
  const MatrixF* ranks = file.data.layer("rank");
  try {
    return {std::move(name), &file, concept_name,
            compared_ranking(column_of(*file.data.X),
                             ranks == nullptr ? std::vector<double>() : column_of(*ranks))};
  } catch (const Error& e) {
    throw input_error("{}: concept '{}': {}; write the file anew", file.path, concept_name, e.what());
  }
}

/// Every concept of every file, but what is of all together; that too where there is nothing else.
ComparedSet all_concepts(const std::vector<NeuronFile>& files, const std::vector<std::string>& names) {
  ComparedSet out{"all", {}};
  for (std::size_t f = 0; f < files.size(); ++f)
    for (const std::string& c : files[f].concepts)
      if (c != kAllClasses || files[f].concepts.size() == 1)
        out.items.push_back(item_of(files[f], c, files.size() == 1 ? c : fmt::format("{}: {}", names[f], c)));
  return out;
}

/// The concepts of the first file that all others have too.
std::vector<std::string> shared_concepts(const std::vector<NeuronFile>& files) {
  std::vector<std::string> out;
  for (const std::string& c : files[0].concepts)
    if (std::all_of(files.begin(), files.end(), [&](const NeuronFile& f) {
          return std::find(f.concepts.begin(), f.concepts.end(), c) != f.concepts.end();
        }))
      out.push_back(c);
  if (out.empty())
    throw usage_error("--each-concept: {} and {} have no concept in common", files[0].path, files[1].path);
  return out;
}

}  // namespace

std::vector<NeuronFile> read_rankings(const RankCompareOptions& options) {
  std::vector<NeuronFile> files;
  for (const std::string& path : options.files) {
    files.push_back(read_neuron_file(path, "ranking"));
    const NeuronFile &first = files.front(), &file = files.back();
    if (const std::string what = difference(file.axis, first.axis); !what.empty())
      throw input_error("{}: ranks other neurons than {}: {}; compare rankings of the same neurons", path,
                        first.path, what);
    const std::string &hash = file.provenance.model_sha256, &other = first.provenance.model_sha256;
    if (!options.across_models && !hash.empty() && !other.empty() && hash != other)
      throw input_error(
          "{}: made with model {} ({}…), but {} with {} ({}…); two models of one shape are compared with "
          "--across-models",
          path, file.provenance.model, hash.substr(0, 8), first.path, first.provenance.model,
          other.substr(0, 8));
  }
  return files;
}

std::vector<ComparedSet> compared_sets(const std::vector<NeuronFile>& files,
                                       const RankCompareOptions& options) {
  const std::vector<std::string> names = short_names(files);
  if (int{options.each_concept} + int{options.concept_pairs} + int{!options.concepts.empty()} > 1)
    throw usage_error("--compare: give one of --concept, --each-concept and --concept-pairs");
  if (options.concept_pairs) {
    ComparedSet all = all_concepts(files, names);
    if (all.items.size() < 2) throw usage_error("--concept-pairs: {} has one concept", files[0].path);
    return {std::move(all)};
  }
  if (files.size() < 2)
    throw usage_error("--compare: one ranking; give two or more, or --concept-pairs for its concepts");
  std::vector<std::string> concepts = options.concepts;
  if (options.each_concept) concepts = shared_concepts(files);
  if (concepts.empty()) concepts = {kAllClasses};
  std::vector<ComparedSet> out;
  if (concepts.size() > 1 && !options.each_concept) {
    if (concepts.size() != files.size())
      throw usage_error("--concept: {} concepts for {} rankings; give one, or one for each", concepts.size(),
                        files.size());
    out.push_back({fmt::format("{}", fmt::join(concepts, " / ")), {}});
    for (std::size_t f = 0; f < files.size(); ++f)
      out[0].items.push_back(item_of(files[f], concepts[f], fmt::format("{}: {}", names[f], concepts[f])));
    return out;
  }
  for (const std::string& c : concepts) {
    out.push_back({c, {}});
    for (std::size_t f = 0; f < files.size(); ++f) out.back().items.push_back(item_of(files[f], c, names[f]));
  }
  return out;
}

}  // namespace neurox::apps
