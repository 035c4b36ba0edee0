#include "neurox/tcav/examples.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/core/random.h"
#include "neurox/extract/extract.h"
#include "neurox/extract/pooled_forward.h"

namespace neurox::tcav {
namespace {

/// The sentence without some of its words, the others joined by one space.
io::Sentence without(const io::Sentence& sentence, const std::vector<std::string>& dropped) {
  if (dropped.empty()) return sentence;
  io::Sentence out;
  out.line = sentence.line;
  out.second = sentence.second;
  out.sentence_labels = sentence.sentence_labels;
  out.word_labels.resize(sentence.word_labels.size());
  for (std::size_t w = 0; w < sentence.words.size(); ++w) {
    const std::string_view word = sentence.word(w);
    if (std::find(dropped.begin(), dropped.end(), word) != dropped.end()) continue;
    if (!out.text.empty()) out.text += ' ';
    const auto begin = static_cast<std::uint32_t>(out.text.size());
    out.text += word;
    out.words.push_back({begin, static_cast<std::uint32_t>(out.text.size())});
    for (std::size_t l = 0; l < out.word_labels.size(); ++l)
      out.word_labels[l].push_back(sentence.word_labels[l][w]);
  }
  return out;
}

}  // namespace

std::vector<std::size_t> sample(std::size_t n, std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  if (count >= n) return all;
  Random random(seed);
  for (std::size_t i = 0; i < count; ++i) std::swap(all[i], all[i + random.below(n - i)]);
  all.resize(count);
  std::sort(all.begin(), all.end());
  return all;
}

Examples::Found Examples::find(io::CorpusReader& corpus, int label_set) {
  const bool of_words = options_.plan.unit == extract::Unit::Word;
  Found found;
  while (const std::optional<io::Sentence> read = corpus.next()) {
    const io::Sentence sentence = without(*read, options_.dropped_words);
    if (sentence.text.empty()) continue;
    found.plans.push_back(
        plan_sentence(tokenizer_, extract::plan_input(sentence, corpus.name()), options_.plan));
    const std::vector<extract::PlannedRow>& rows = found.plans.back().rows;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (rows[r].groups.empty()) continue;
      Example example{found.plans.size() - 1, r, sentences_, of_words ? rows[r].token : sentence.text, {}};
      if (!of_words)
        example.group = group_of_text_
                            .try_emplace(sentence.text + '\0' + sentence.second,
                                         -1 - static_cast<std::int64_t>(group_of_text_.size()))
                            .first->second;
      if (label_set >= 0) {
        const auto& labels = sentence.word_labels[static_cast<std::size_t>(label_set)];
        const auto word = static_cast<std::size_t>(rows[r].word);
        if (rows[r].word < 0 || word >= labels.size() || labels[word].empty()) continue;
        example.label = labels[word];
      }
      found.examples.push_back(std::move(example));
    }
    ++sentences_;
  }
  return found;
}

std::vector<Index> Examples::keep(const Found& found, const std::vector<std::size_t>& chosen) {
  std::map<std::size_t, std::size_t> place;  // of a plan that is kept
  std::vector<Index> out;
  for (const std::size_t i : chosen) {
    Example example = found.examples[i];
    const auto [it, added] = place.try_emplace(example.plan, plans_.size());
    if (added) plans_.push_back(found.plans[example.plan]);
    example.plan = it->second;
    out.push_back(static_cast<Index>(examples_.size()));
    examples_.push_back(std::move(example));
  }
  return out;
}

ExampleSet Examples::read(const std::string& name, io::CorpusReader& corpus) {
  return read(name, corpus, options_.most);
}

ExampleSet Examples::read(const std::string& name, io::CorpusReader& corpus, Index most) {
  const Found found = find(corpus, -1);
  return {
      name, corpus.name(),
      keep(found, sample(found.examples.size(), static_cast<std::size_t>(most), Random::mix(options_.seed)))};
}

std::vector<ExampleSet> Examples::read_labels(io::CorpusReader& corpus, const std::string& label,
                                              const std::vector<std::string>& values, Index pool) {
  const std::vector<std::string>& sets = corpus.word_label_sets();
  const auto it = std::find(sets.begin(), sets.end(), label);
  if (it == sets.end())
    throw usage_error("{}: no word labels '{}'{}; it has {}", corpus.name(), label, did_you_mean(label, sets),
                      sets.empty() ? "none" : fmt::format("{}", fmt::join(sets, ", ")));
  const Found found = find(corpus, static_cast<int>(it - sets.begin()));
  std::map<std::string, std::vector<std::size_t>> by_value;
  for (std::size_t i = 0; i < found.examples.size(); ++i) by_value[found.examples[i].label].push_back(i);
  std::vector<std::string> known;
  for (const auto& [value, members] : by_value) known.push_back(value);
  std::vector<ExampleSet> out;
  for (const std::string& value : values) {
    if (!by_value.contains(value))
      throw usage_error("{}: no word has {}={}{}", corpus.name(), label, value, did_you_mean(value, known));
    const std::vector<std::size_t>& members = by_value[value];
    std::vector<std::size_t> chosen;
    for (const std::size_t i :
         sample(members.size(), static_cast<std::size_t>(options_.most), Random::mix(options_.seed)))
      chosen.push_back(members[i]);
    out.push_back({value, corpus.name(), keep(found, chosen)});
  }
  out.push_back({"others", corpus.name(),
                 keep(found, sample(found.examples.size(), static_cast<std::size_t>(pool),
                                    Random::mix(options_.seed + 1)))});
  return out;
}

MatrixF Examples::activations(model::Model& model, const std::vector<SiteColumns>& sites) const {
  constexpr std::size_t kWindow = 512;  // sentences whose rows are held together
  extract::PooledForward forward(model, {sites});
  MatrixF out(size(), static_cast<Index>(forward.neurons()));
  // Examples by plan, since they are not in the order of plans.
  std::vector<std::vector<std::size_t>> of_plan(plans_.size());
  for (std::size_t i = 0; i < examples_.size(); ++i) of_plan[examples_[i].plan].push_back(i);
  for (std::size_t begin = 0; begin < plans_.size(); begin += kWindow) {
    const std::size_t end = std::min(plans_.size(), begin + kWindow);
    const MatrixF rows = forward.run(std::span(plans_).subspan(begin, end - begin));
    std::size_t first = 0;
    for (std::size_t p = begin; p < end; ++p) {
      for (const std::size_t i : of_plan[p])
        out.row(static_cast<Index>(i)) = rows.row(static_cast<Index>(first + examples_[i].row));
      first += plans_[p].rows.size();
    }
  }
  return out;
}

std::vector<std::int64_t> Examples::groups() const {
  std::vector<std::int64_t> out;
  for (const Example& e : examples_) out.push_back(e.group);
  return out;
}

std::vector<std::string> Examples::texts(const ExampleSet& set) const {
  std::set<std::string> different;
  for (const Index i : set.examples) different.insert(text(i));
  return {different.begin(), different.end()};
}

}  // namespace neurox::tcav
