#include "neurox/label/tree_features.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>

#include "neurox/core/error.h"

namespace neurox::label {
namespace {

using Group = std::vector<std::size_t>;

std::vector<std::string> column(const Words& words, const char* name) {
  return words.obs.strings(name, words.name);
}

/// For each word of a text the place of its head in it, -1 for a root; nothing where it has no head.
std::vector<std::optional<std::int64_t>> heads_of(const Words& words, const Group& group,
                                                  const std::vector<std::string>& head) {
  std::vector<std::optional<std::int64_t>> out;
  for (std::size_t k = 0; k < group.size(); ++k) {
    const std::string& text = head[group[k]];
    out.emplace_back();
    if (text.empty()) continue;
    const bool number = text.find_first_not_of("0123456789") == std::string::npos && text.size() < 10;
    const std::int64_t h = number ? std::stoll(text) : -1;
    if (h < 0 || h > static_cast<std::int64_t>(group.size()) || h == static_cast<std::int64_t>(k) + 1)
      throw input_error("{}: head '{}' of word {} '{}' of sentence {}, which has {} words", words.name, text,
                        k + 1, words.text[group[k]], words.sentence[group[k]], group.size());
    out.back() = h - 1;
  }
  return out;
}

/// A verb, its subject, and the number that the subject asks for.
struct Agreement {
  std::size_t verb, subject;  ///< rows
  std::string number;
};

/// Columns that agreement is read from.
struct Dependencies {
  std::vector<std::string> head, deprel, number, upos;
  explicit Dependencies(const Words& words)
      : head(column(words, "head")), deprel(column(words, "deprel")), number(column(words, "feats.Number")) {
    if (words.obs.find("upos") != nullptr) upos = column(words, "upos");
    for (std::string& value : number)
      if (value == "Ptan") value = "Plur";  // scissors are
  }
};

bool is_relation(const std::string& deprel, std::string_view relation) {
  return deprel == relation || deprel.starts_with(std::string(relation) + ":");
}

std::vector<Agreement> agreements(const Words& words, const Dependencies& columns) {
  std::vector<Agreement> out;
  for (const Group& group : words.groups) {
    const auto heads = heads_of(words, group, columns.head);
    for (std::size_t s = 0; s < group.size(); ++s) {
      if (!heads[s] || *heads[s] < 0 || !is_relation(columns.deprel[group[s]], "nsubj")) continue;
      const auto predicate = static_cast<std::size_t>(*heads[s]);
      std::optional<std::size_t> verb;
      bool joined = false, helped = false;
      for (std::size_t k = 0; k < group.size(); ++k) {
        if (!heads[k]) continue;
        const std::string& relation = columns.deprel[group[k]];
        joined = joined || (*heads[k] == static_cast<std::int64_t>(s) && is_relation(relation, "conj"));
        if (*heads[k] != *heads[s] || (!is_relation(relation, "aux") && !is_relation(relation, "cop")))
          continue;
        helped = true;
        if (!verb && !columns.number[group[k]].empty()) verb = k;
      }
      // A predicate that is no verb has a number of its own, which says nothing of its subject.
      const bool verbal = columns.upos.empty() || columns.upos[group[predicate]] == "VERB" ||
                          columns.upos[group[predicate]] == "AUX";
      if (!verb && !helped && verbal && !columns.number[group[predicate]].empty()) verb = predicate;
      const std::string number = joined ? "Plur" : columns.number[group[s]];
      if (verb && !number.empty()) out.push_back({group[*verb], group[s], number});
    }
  }
  return out;
}

}  // namespace

std::string_view missing_heads(const Words& words) {
  if (words.of_sentences) return "rows are sentences";
  if (words.of_pieces) return "rows are tokens of the model, not words";
  return words.obs.find("head") == nullptr ? "there is no column head (CoNLL-U)" : "";
}

std::string_view missing_subjects(const Words& words) {
  if (words.obs.find("deprel") == nullptr) return "there is no column deprel (CoNLL-U)";
  if (words.obs.find("feats.Number") == nullptr) return "there is no column feats.Number (CoNLL-U)";
  return missing_heads(words);
}

LabelSet depth(const Words& words) {
  const std::vector<std::string> head = column(words, "head");
  std::vector<double> values(words.rows(), std::numeric_limits<double>::quiet_NaN());
  for (const Group& group : words.groups) {
    const auto heads = heads_of(words, group, head);
    for (std::size_t k = 0; k < group.size(); ++k) {
      std::size_t arcs = 0;
      std::optional<std::int64_t> at = heads[k];
      for (; at && *at >= 0; at = heads[static_cast<std::size_t>(*at)])
        if (++arcs > group.size())
          throw input_error("{}: the heads of sentence {} run in a circle at word {} '{}'", words.name,
                            words.sentence[group[k]], k + 1, words.text[group[k]]);
      if (at) values[group[k]] = static_cast<double>(arcs);
    }
  }
  return {"depth", std::move(values), "auto"};
}

LabelSet subject_number(const Words& words) {
  std::vector<std::string> values(words.rows());
  for (const Agreement& a : agreements(words, Dependencies(words))) values[a.verb] = a.number;
  return {"subject_number", std::move(values), "auto"};
}

LabelSet agreement(const Words& words) {
  const Dependencies columns(words);
  std::vector<std::string> values(words.rows());
  for (const Agreement& a : agreements(words, columns))
    values[a.verb] = columns.number[a.verb] == a.number ? "agrees" : "differs";
  return {"agreement", std::move(values), "auto"};
}

LabelSet attractors(const Words& words) {
  const Dependencies columns(words);
  std::vector<double> values(words.rows(), std::numeric_limits<double>::quiet_NaN());
  for (const Agreement& a : agreements(words, columns)) {
    const auto [from, to] = std::minmax(a.verb, a.subject);
    double count = 0;
    for (std::size_t i = from + 1; i < to; ++i) {
      const bool noun = columns.upos.empty() || columns.upos[i] == "NOUN" || columns.upos[i] == "PROPN";
      count +=
          noun && words.labelled[i] && !columns.number[i].empty() && columns.number[i] != a.number ? 1 : 0;
    }
    values[a.verb] = count;
  }
  return {"attractors", std::move(values), "auto"};
}

}  // namespace neurox::label
