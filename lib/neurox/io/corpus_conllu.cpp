#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "neurox/core/error.h"
#include "neurox/io/corpus_base.h"

namespace neurox::io {
namespace {

enum Field { Id, Form, Lemma, Upos, Xpos, Feats, Head, Deprel, Deps, Misc };

struct LabelField {
  const char* set;
  Field field;
};
constexpr std::array label_fields = {LabelField{"lemma", Lemma}, LabelField{"upos", Upos},
                                     LabelField{"xpos", Xpos},   LabelField{"feats", Feats},
                                     LabelField{"head", Head},   LabelField{"deprel", Deprel}};

/// Calls `f(key, value)` for `Case=Nom|Number=Sing`.
template <class F>
void for_each_feature(std::string_view feats, F&& f) {
  if (feats == "_") return;
  while (!feats.empty()) {
    const std::string_view item = feats.substr(0, feats.find('|'));
    const std::size_t equals = item.find('=');
    if (equals != std::string_view::npos && equals > 0) f(item.substr(0, equals), item.substr(equals + 1));
    feats.remove_prefix(std::min(feats.size(), item.size() + 1));
  }
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

/// universaldependencies.org/format.html; words are the syntactic ones (integer ids).
class ConlluCorpus final : public CorpusBase {
 public:
  ConlluCorpus(CorpusSource source, const CorpusOptions& options) : CorpusBase(std::move(source), options) {
    // The names of features are known only at the end, so the corpus is read once for them.
    std::set<std::string> keys;
    Sentence sentence;
    for (std::int64_t n = 0; (limit() < 0 || n < limit()) && read(sentence); ++n)
      for (const std::string& feats : sentence.word_labels[3])
        for_each_feature(feats, [&](std::string_view key, std::string_view) {
          if (!keys.contains(std::string(key))) keys.emplace(key);
        });
    std::vector<std::string> sets;
    for (const LabelField& label : label_fields) sets.emplace_back(label.set);
    for (const std::string& key : keys) {
      features_[key] = sets.size();
      sets.push_back("feats." + key);
    }
    set_label_sets(std::move(sets), {});
    scanning_ = false;
    rewind();
  }

 protected:
  bool read(Sentence& sentence) override {
    std::string line;
    std::array<std::string_view, 10> fields;
    clear(sentence);
    std::int64_t last_id = 0;
    while (lines().next(line)) {
      if (is_blank(line)) {
        if (!sentence.words.empty()) return true;
        if (sentence.line > 0 && !scanning_) skip();  // comments only
        clear(sentence);
        last_id = 0;
        continue;
      }
      if (sentence.line == 0) sentence.line = lines().number();
      if (line.front() == '#') {
        add_comment(sentence, line);
        continue;
      }
      split(line, fields);
      if (fields[Id].find_first_of("-.") != std::string_view::npos) continue;  // a range, an empty node
      std::int64_t id = 0;
      const auto [end, error] = std::from_chars(fields[Id].begin(), fields[Id].end(), id);
      if (error != std::errc() || end != fields[Id].end())
        throw input_error("{}: '{}' is no word id", lines().where(), fields[Id]);
      if (id != last_id + 1)
        throw input_error("{}: word id {} follows {}; is an empty line missing?", lines().where(), id,
                          last_id);
      last_id = id;
      add_word(sentence, fields);
    }
    return !sentence.words.empty();
  }

 private:
  void clear(Sentence& sentence) const {
    sentence = Sentence();
    sentence.word_labels.resize(label_fields.size() + features_.size());
  }

  void split(std::string_view line, std::array<std::string_view, 10>& fields) {
    std::size_t n = 0;
    for (std::size_t begin = 0;; ++n) {
      const std::size_t end = line.find('\t', begin);
      const std::size_t size = end == std::string_view::npos ? end : end - begin;
      if (n < fields.size()) fields[n] = line.substr(begin, size);
      if (end == std::string_view::npos) break;
      begin = end + 1;
    }
    if (n + 1 != fields.size())
      throw input_error("{}: {} tab-separated columns, CoNLL-U has 10", lines().where(), n + 1);
    if (fields[Form].empty()) throw input_error("{}: a word without a form", lines().where());
  }

  /// `# key = value`
  static void add_comment(Sentence& sentence, const std::string& line) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) return;
    const auto part = [&](std::size_t begin, std::size_t end) {
      begin = std::min(line.find_first_not_of(" \t", begin), end);
      while (end > begin && (line[end - 1] == ' ' || line[end - 1] == '\t')) --end;
      return line.substr(begin, end - begin);
    };
    sentence.comments.emplace_back(part(1, equals), part(equals + 1, line.size()));
  }

  void add_word(Sentence& sentence, const std::array<std::string_view, 10>& fields) const {
    if (!sentence.words.empty()) sentence.text += ' ';
    const auto begin = static_cast<std::uint32_t>(sentence.text.size());
    sentence.text += fields[Form];
    sentence.words.push_back({begin, static_cast<std::uint32_t>(sentence.text.size())});
    for (std::size_t s = 0; s < label_fields.size(); ++s) {
      const std::string_view value = fields[label_fields[s].field];
      // `_` is no value, but the lemma of the word `_` is `_`.
      const bool missing = value == "_" && !(label_fields[s].field == Lemma && fields[Form] == "_");
      sentence.word_labels[s].emplace_back(missing ? std::string_view() : value);
    }
    if (features_.empty()) return;
    for (std::size_t s = label_fields.size(); s < sentence.word_labels.size(); ++s)
      sentence.word_labels[s].emplace_back();
    for_each_feature(fields[Feats], [&](std::string_view key, std::string_view value) {
      const auto at = features_.find(key);
      if (at != features_.end()) sentence.word_labels[at->second].back() = value;
    });
  }

  std::map<std::string, std::size_t, std::less<>> features_;  // key -> label set
  bool scanning_ = true;
};

}  // namespace

std::unique_ptr<CorpusReader> open_conllu(CorpusSource source, const CorpusOptions& options) {
  return std::make_unique<ConlluCorpus>(std::move(source), options);
}

}  // namespace neurox::io
