#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <unordered_map>
#include <vector>

namespace neurox::label {

enum class PartOfSpeech { Noun, Verb, Adjective, Adverb };

/// WordNet's dictionary files (wndb(5WN)): index.*, data.*, *.exc and cntlist.rev of version 3.0, as Debian's
/// package wordnet-base installs them.
class WordNet {
 public:
  /// @throws Error{Input} when the folder or a file is not there (naming the package), or a file is damaged
  explicit WordNet(const std::filesystem::path& folder);

  /// The lemmas that a word can be a form of, as morph(3WN) finds them: those of the exception list, else the
  /// word itself, else those that the endings lead to.
  std::vector<std::string> lemmas(const std::string& word, PartOfSpeech pos) const;

  /// The name of the lexicographer's file (noun.person, verb.motion, ...) of the most frequent sense; of
  /// several lemmas the one whose first sense is tagged most often in WordNet's texts, the first on a tie.
  /// Empty for a word that WordNet does not have. Upper case counts for nothing.
  std::string supersense(const std::string& word, PartOfSpeech pos);

  /// The files that tell one dictionary from another, for provenance.
  static std::vector<std::filesystem::path> files(const std::filesystem::path& folder);

 private:
  struct Part {
    std::unordered_map<std::string, std::int64_t> index;  ///< lemma: offset of its first sense
    std::unordered_map<std::string, std::vector<std::string>> exceptions;
    std::unordered_map<std::string, std::int64_t> tagged;  ///< lemma: how often its first sense is
    std::ifstream data;
  };
  Part& part(PartOfSpeech pos) { return parts_[static_cast<std::size_t>(pos)]; }
  const Part& part(PartOfSpeech pos) const { return parts_[static_cast<std::size_t>(pos)]; }
  void read_counts();

  std::filesystem::path folder_;
  std::vector<Part> parts_;
};

}  // namespace neurox::label
