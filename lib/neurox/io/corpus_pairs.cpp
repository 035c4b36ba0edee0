#include <nlohmann/json.hpp>

#include <array>

#include "neurox/core/error.h"
#include "neurox/io/corpus_base.h"

namespace neurox::io {
namespace {

/// What a minimal pair says of itself, in the names of BLiMP: each a label set of both sentences.
constexpr std::array<const char*, 3> pair_labels{"UID", "linguistics_term", "field"};

/// Minimal pairs, a JSON object a line: its good sentence and then its bad one, with the label set `pair`
/// (good, bad) and what the pair says of itself.
class PairCorpus final : public CorpusBase {
 public:
  PairCorpus(CorpusSource source, const CorpusOptions& options) : CorpusBase(std::move(source), options) {
    set_label_sets({}, {"pair", pair_labels[0], pair_labels[1], pair_labels[2]});
  }

 protected:
  void restart() override { bad_.reset(); }

  bool read(Sentence& sentence) override {
    if (bad_) {
      sentence = *std::move(bad_);
      bad_.reset();
      return true;
    }
    std::string line;
    while (lines().next(line)) {
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      const nlohmann::json object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (!object.is_object()) throw input_error("{}:{}: is no JSON object", name(), lines().number());
      sentence = one(object, "good");
      bad_ = one(object, "bad");
      return true;
    }
    return false;
  }

 private:
  Sentence one(const nlohmann::json& object, const std::string& which) const {
    Sentence out;
    for (const std::string& key : {"sentence_" + which, which})
      if (const auto it = object.find(key); it != object.end() && it->is_string()) out.text = *it;
    out.words = split_words(out.text);
    if (out.words.empty())
      throw input_error("{}:{}: no text under 'sentence_{}' or '{}'", name(), lines().number(), which, which);
    out.sentence_labels.push_back(which);
    for (const char* label : pair_labels) {
      const auto it = object.find(label);
      out.sentence_labels.push_back(it != object.end() && it->is_string() ? it->get<std::string>() : "");
    }
    out.line = lines().number();
    return out;
  }

  std::optional<Sentence> bad_;
};

}  // namespace

std::unique_ptr<CorpusReader> open_pairs(CorpusSource source, const CorpusOptions& options) {
  return std::make_unique<PairCorpus>(std::move(source), options);
}

}  // namespace neurox::io
