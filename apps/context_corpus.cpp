#include "context_corpus.h"

#include <algorithm>
#include <set>
#include <utility>

#include "neuron_choice.h"
#include "neurox/core/error.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"
#include "neurox/io/corpus_base.h"
#include "neurox/io/neuron_table.h"

namespace neurox::apps {
namespace {

class ContextCorpus final : public io::CorpusReader {
 public:
  ContextCorpus(std::string file, std::vector<std::string> texts)
      : file_(std::move(file)), texts_(std::move(texts)) {}

  std::optional<io::Sentence> next() override {
    if (next_ == texts_.size()) return std::nullopt;
    io::Sentence out;
    out.text = texts_[next_++];
    out.words = io::split_words(out.text);
    out.line = static_cast<std::int64_t>(next_);
    return out;
  }
  void rewind() override { next_ = 0; }
  const std::vector<std::string>& word_label_sets() const override { return none_; }
  const std::vector<std::string>& sentence_label_sets() const override { return none_; }
  std::int64_t skipped() const override { return 0; }
  std::string sha256() const override { return sha256_file(file_); }
  const std::string& name() const override { return file_; }

 private:
  std::string file_;
  std::vector<std::string> texts_, none_;
  std::size_t next_ = 0;
};

}  // namespace

std::string file_of_contexts(const std::string& what) {
  return what.substr(0, what.find(','));
}

std::unique_ptr<io::CorpusReader> open_contexts(const std::string& what) {
  const std::string file = file_of_contexts(what);
  const io::AnnData ranking = io::read_anndata(file);
  if (!ranking.uns.contains("contexts") || !ranking.uns["contexts"].contains("text") || !ranking.X)
    throw input_error("{}: holds no contexts; `neurox rank ACTIVATIONS --method top-sentences` makes them",
                      file);
  const NeuronAxis axis = io::neuron_axis(ranking.obs, ranking.uns, file);
  std::set<std::int64_t> wanted;
  if (file.size() < what.size()) {
    for (const std::int64_t neuron : chosen_neurons(what.substr(file.size() + 1), axis))
      wanted.insert(neuron);
  } else {
    Index best = 0;
    ranking.X->col(0).maxCoeff(&best);
    wanted.insert(best);
  }
  const io::Tree& contexts = ranking.uns["contexts"];
  const auto texts = contexts["text"].get<std::vector<std::string>>();
  const auto neurons = contexts["neuron"].get<std::vector<std::int64_t>>();
  std::vector<std::string> chosen;
  for (std::size_t i = 0; i < std::min(texts.size(), neurons.size()); ++i)
    if (wanted.contains(neurons[i]) && std::find(chosen.begin(), chosen.end(), texts[i]) == chosen.end())
      chosen.push_back(texts[i]);
  if (chosen.empty())
    throw input_error("{}: no contexts of {}", file,
                      file.size() < what.size() ? what.substr(file.size() + 1)
                                                : axis.address(static_cast<std::size_t>(*wanted.begin())));
  return std::make_unique<ContextCorpus>(file, std::move(chosen));
}

}  // namespace neurox::apps
