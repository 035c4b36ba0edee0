#include "word_alignment.h"

#include <algorithm>
#include <string>

#include "neurox/core/error.h"
#include "neurox/io/labelled_rows.h"

namespace neurox::apps {
namespace {

/// What a file says of each row that is no special token.
struct WordRows {
  std::vector<std::int64_t> rows;
  std::vector<bool> usable;  ///< per word
  std::vector<std::string> tokens;
  std::vector<double> sentences, positions, sequences;
};

std::vector<double> column_or_zeros(const io::ActivationReader& file, const char* name) {
  if (file.obs().find(name) == nullptr)
    return std::vector<double>(static_cast<std::size_t>(file.rows()), 0.0);
  return file.obs().numbers(name, file.name());
}

WordRows words_of(const io::ActivationReader& file) {
  WordRows out;
  const std::vector<bool> usable = io::usable_rows(file);
  const auto n = static_cast<std::size_t>(file.rows());
  std::vector<std::string> tokens(n), status(n);
  if (file.obs().find("token") != nullptr) tokens = file.obs().strings("token", file.name());
  if (file.obs().find("status") != nullptr) status = file.obs().strings("status", file.name());
  const auto sentences = column_or_zeros(file, "sentence"), positions = column_or_zeros(file, "position"),
             sequences = column_or_zeros(file, "sequence");
  for (std::size_t r = 0; r < n; ++r) {
    if (status[r] == "special") continue;
    out.rows.push_back(static_cast<std::int64_t>(r));
    out.usable.push_back(usable[r]);
    out.tokens.push_back(std::move(tokens[r]));
    out.sentences.push_back(sentences[r]);
    out.positions.push_back(positions[r]);
    out.sequences.push_back(sequences[r]);
  }
  return out;
}

std::string place(const WordRows& words, std::size_t i) {
  return fmt::format("'{}' (sentence {}, word {})", words.tokens[i], words.sentences[i], words.positions[i]);
}

void check_same(const std::string& name, const WordRows& found, const std::string& first_name,
                const WordRows& first) {
  const std::size_t n = std::min(found.rows.size(), first.rows.size());
  for (std::size_t i = 0; i < n; ++i)
    if (found.tokens[i] != first.tokens[i] || found.sentences[i] != first.sentences[i] ||
        found.positions[i] != first.positions[i] || found.sequences[i] != first.sequences[i])
      throw input_error("{}: row {} is {}, but in {} that place has {}; extract the same text", name,
                        found.rows[i], place(found, i), first_name, place(first, i));
  if (found.rows.size() == first.rows.size()) return;
  const bool more = found.rows.size() > n;
  throw input_error("{}: {} words but {} in {}; the first that is in {} alone is {}; extract the same text",
                    name, found.rows.size(), first.rows.size(), first_name, more ? name : first_name,
                    place(more ? found : first, n));
}

}  // namespace

AlignedWords align_words(const std::vector<std::shared_ptr<const io::ActivationReader>>& files) {
  std::vector<WordRows> words;
  for (const auto& file : files) words.push_back(words_of(*file));
  AlignedWords out;
  out.rows.resize(files.size());
  for (std::size_t f = 1; f < files.size(); ++f)
    check_same(files[f]->name(), words[f], files[0]->name(), words[0]);
  for (std::size_t i = 0; i < words[0].rows.size(); ++i) {
    const bool everywhere =
        std::all_of(words.begin(), words.end(), [&](const WordRows& w) { return w.usable[i]; });
    if (!everywhere) ++out.left_out;
    for (std::size_t f = 0; everywhere && f < files.size(); ++f) out.rows[f].push_back(words[f].rows[i]);
  }
  if (out.rows[0].empty()) throw input_error("{}: has no words with activations", files[0]->name());
  return out;
}

}  // namespace neurox::apps
