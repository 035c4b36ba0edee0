#include "neurox/label/wordnet.h"

#include <algorithm>
#include <array>
#include <span>
#include <sstream>
#include <string_view>

#include "neurox/core/error.h"
#include "neurox/label/regex.h"

namespace neurox::label {
namespace {

constexpr std::array extensions = {"noun", "verb", "adj", "adv"};

// lexnames(5WN)
constexpr std::array lexicographer_files = {"adj.all",          "adj.pert",           "adv.all",
                                            "noun.Tops",        "noun.act",           "noun.animal",
                                            "noun.artifact",    "noun.attribute",     "noun.body",
                                            "noun.cognition",   "noun.communication", "noun.event",
                                            "noun.feeling",     "noun.food",          "noun.group",
                                            "noun.location",    "noun.motive",        "noun.object",
                                            "noun.person",      "noun.phenomenon",    "noun.plant",
                                            "noun.possession",  "noun.process",       "noun.quantity",
                                            "noun.relation",    "noun.shape",         "noun.state",
                                            "noun.substance",   "noun.time",          "verb.body",
                                            "verb.change",      "verb.cognition",     "verb.communication",
                                            "verb.competition", "verb.consumption",   "verb.contact",
                                            "verb.creation",    "verb.emotion",       "verb.motion",
                                            "verb.perception",  "verb.possession",    "verb.social",
                                            "verb.stative",     "verb.weather",       "adj.ppl"};

struct Ending {
  std::string_view form, lemma;
};

// morph(3WN): what takes the place of an ending.
constexpr Ending noun_endings[] = {{"s", ""},      {"ses", "s"},   {"xes", "x"},   {"zes", "z"},
                                   {"ches", "ch"}, {"shes", "sh"}, {"men", "man"}, {"ies", "y"}};
constexpr Ending verb_endings[] = {{"s", ""},   {"ies", "y"}, {"es", "e"},  {"es", ""},
                                   {"ed", "e"}, {"ed", ""},   {"ing", "e"}, {"ing", ""}};
constexpr Ending adjective_endings[] = {{"er", ""}, {"est", ""}, {"er", "e"}, {"est", "e"}};

std::span<const Ending> endings(PartOfSpeech pos) {
  switch (pos) {
    case PartOfSpeech::Noun:
      return noun_endings;
    case PartOfSpeech::Verb:
      return verb_endings;
    case PartOfSpeech::Adjective:
      return adjective_endings;
    case PartOfSpeech::Adverb:
      break;
  }
  return {};
}

std::ifstream open(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    throw input_error(
        "{}: WordNet's dictionary is not there; install the package wordnet-base, or say where it "
        "is with --wordnet FOLDER",
        path.string());
  return in;
}

/// `lemma pos synset_cnt p_cnt [ptr_symbol...] sense_cnt tagsense_cnt synset_offset...`
void read_index(const std::filesystem::path& path, std::unordered_map<std::string, std::int64_t>& index) {
  std::ifstream in = open(path);
  std::string line, lemma, word;
  for (std::int64_t number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line[0] == ' ') continue;  // the licence
    std::istringstream fields(line);
    std::int64_t pointers = 0, offset = -1;
    fields >> lemma >> word >> word >> pointers;
    for (std::int64_t skip = 0; skip < pointers + 2; ++skip) fields >> word;
    fields >> offset;
    if (!fields || offset < 0) throw input_error("{}:{}: no line of WordNet's index", path.string(), number);
    index.emplace(std::move(lemma), offset);
  }
  if (index.empty()) throw input_error("{}: has no words", path.string());
}

}  // namespace

WordNet::WordNet(const std::filesystem::path& folder) : folder_(folder), parts_(extensions.size()) {
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const std::string name = extensions[p];
    read_index(folder / ("index." + name), parts_[p].index);
    parts_[p].data = open(folder / ("data." + name));
    std::ifstream exceptions = open(folder / (name + ".exc"));
    for (std::string line; std::getline(exceptions, line);) {
      std::istringstream fields(line);
      std::string form;
      fields >> form;
      for (std::string lemma; fields >> lemma;) parts_[p].exceptions[form].push_back(lemma);
    }
  }
  read_counts();
}

void WordNet::read_counts() {
  // `lemma%type:file:id:head:head_id sense_number count`; type 1 noun, 2 verb, 3 adjective, 4 adverb, 5
  // adjective too.
  std::ifstream in = open(folder_ / "cntlist.rev");
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string key;
    int sense = 0;
    std::int64_t count = 0;
    if (!(fields >> key >> sense >> count) || sense != 1) continue;
    const std::size_t percent = key.rfind('%');
    if (percent == std::string::npos || percent + 1 == key.size()) continue;
    const char type = key[percent + 1];
    if (type < '1' || type > '5') continue;
    const auto pos = type == '5' ? PartOfSpeech::Adjective : static_cast<PartOfSpeech>(type - '1');
    part(pos).tagged[key.substr(0, percent)] = count;
  }
}

std::vector<std::string> WordNet::lemmas(const std::string& word, PartOfSpeech pos) const {
  const Part& words = part(pos);
  std::vector<std::string> out;
  const auto add = [&](const std::string& lemma) {
    if (words.index.contains(lemma) && std::find(out.begin(), out.end(), lemma) == out.end())
      out.push_back(lemma);
  };
  add(word);
  if (const auto found = words.exceptions.find(word); found != words.exceptions.end())
    for (const std::string& lemma : found->second) add(lemma);
  if (!out.empty()) return out;
  // `boxesful` is of `boxful`.
  const bool full = pos == PartOfSpeech::Noun && word.ends_with("ful");
  const std::string base = full ? word.substr(0, word.size() - 3) : word;
  if (pos == PartOfSpeech::Noun && (base.ends_with("ss") || base.size() <= 2)) return out;
  for (const Ending& ending : endings(pos))
    if (base.size() > ending.form.size() && base.ends_with(ending.form))
      add(base.substr(0, base.size() - ending.form.size()) + std::string(ending.lemma) + (full ? "ful" : ""));
  return out;
}

std::string WordNet::supersense(const std::string& word, PartOfSpeech pos) {
  Part& words = part(pos);
  std::string form = lower_case(word);
  std::replace(form.begin(), form.end(), ' ', '_');
  std::string best;
  std::int64_t most = -1;
  for (const std::string& lemma : lemmas(form, pos)) {
    const auto tagged = words.tagged.find(lemma);
    const std::int64_t count = tagged == words.tagged.end() ? 0 : tagged->second;
    if (count > most) best = lemma, most = count;
  }
  if (best.empty()) return {};
  // `synset_offset lex_filenum ...`
  words.data.clear();
  words.data.seekg(words.index.at(best));
  std::int64_t offset = -1;
  std::size_t file = lexicographer_files.size();
  words.data >> offset >> file;
  if (!words.data || offset != words.index.at(best) || file >= lexicographer_files.size())
    throw input_error("{}: no sense of '{}' at byte {}",
                      (folder_ / (std::string("data.") + extensions[static_cast<std::size_t>(pos)])).string(),
                      best, words.index.at(best));
  return lexicographer_files[file];
}

std::vector<std::filesystem::path> WordNet::files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> out;
  for (const char* name : extensions) out.push_back(folder / (std::string("index.") + name));
  out.push_back(folder / "cntlist.rev");
  return out;
}

}  // namespace neurox::label
