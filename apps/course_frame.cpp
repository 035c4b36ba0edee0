#include "course_frame.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/label/added_words.h"
#include "neurox/label/where.h"

namespace neurox::apps {
namespace {

/// Positions are fractions of small numbers; what differs by less is one.
constexpr double positions_per_word = 1e6;
constexpr std::size_t most_course_rows = std::size_t{1} << 28;

bool is_named(const std::string& zero) {
  return zero == "start" || zero == "end" || zero == "added";
}

void check_alignment(const CourseAlignment& a) {
  const bool with_base = !a.labels.base.empty();
  if (with_base && (a.labels.by.empty() || a.labels.sets.empty()))
    throw usage_error("--base {}: goes with --by LABEL, of which it is a value, and --sets LABEL",
                      a.labels.base);
  if (!with_base && !a.labels.sets.empty())
    throw usage_error("--sets {}: goes with --base VALUE", a.labels.sets);
  if (!with_base && a.zero == "added") throw usage_error("--align added: goes with --base VALUE");
  if (a.each && (with_base || is_named(a.zero)))
    throw usage_error("--each: goes with --align CONDITION, without --base");
  if (a.each && !(std::isfinite(a.from) && std::isfinite(a.to)))
    throw usage_error("--each: goes with --window FROM:TO");
}

class FrameMaker {
 public:
  FrameMaker(CourseSentences all, const CourseAlignment& alignment)
      : alignment_(alignment), all_(std::move(all)), words_(all_.words) {
    if (!is_named(alignment.zero)) holds_ = label::Columns(words_, {}).where(alignment.zero);
  }

  CourseFrame make() {
    if (alignment_.labels.base.empty())
      for (const CourseSentence& s : all_.sentences) add_alone(s);
    else
      add_sets();
    return finish();
  }

 private:
  struct Sample {
    std::size_t row;
    std::int32_t condition;
    std::int64_t position;  ///< times positions_per_word
    std::int64_t base;
  };

  std::int32_t condition_number(const std::string& name) {
    const auto number = std::find(conditions_.begin(), conditions_.end(), name) - conditions_.begin();
    if (static_cast<std::size_t>(number) == conditions_.size())
      conditions_.push_back(name), counts_.push_back(0);
    return static_cast<std::int32_t>(number);
  }

  /// Words of a sentence that are position 0: where a stretch of words that meet the condition begins.
  std::vector<std::size_t> zeros_of(const CourseSentence& s) const {
    if (alignment_.zero == "start") return {0};
    if (alignment_.zero == "end") return {s.rows.size() - 1};
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < s.rows.size(); ++i)
      if (holds_[s.rows[i]] && (i == 0 || !holds_[s.rows[i - 1]]) && (out.empty() || alignment_.each))
        out.push_back(i);
    return out;
  }

  /// @param positions, same  per word, with `zero` of the first taken away; `same` is empty of what has no
  /// base
  void add(const CourseSentence& s, std::int32_t condition, const std::vector<double>& positions, double zero,
           const std::vector<std::int64_t>& same, const CourseSentence* base) {
    ++counts_[static_cast<std::size_t>(condition)];
    for (std::size_t i = 0; i < s.rows.size(); ++i) {
      const double at = positions[i] - zero;
      if (!all_.usable[s.rows[i]] || at < alignment_.from || at > alignment_.to) continue;
      std::int64_t other = base != nullptr && same[i] >= 0
                               ? static_cast<std::int64_t>(base->rows[static_cast<std::size_t>(same[i])])
                               : -1;
      if (other >= 0 && !all_.usable[static_cast<std::size_t>(other)]) other = -1;
      samples_.push_back({s.rows[i], condition, std::llround(at * positions_per_word), other});
    }
    if (samples_.size() > most_course_rows)
      throw input_error("{}: more than {} words to lay over each other; give --window FROM:TO", words_.name,
                        most_course_rows);
  }

  static std::vector<double> plain_positions(const CourseSentence& s) {
    std::vector<double> out(s.rows.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<double>(i);
    return out;
  }

  void add_alone(const CourseSentence& s) {
    if (!s.condition) return leave_out("no label");
    const std::vector<std::size_t> zeros = zeros_of(s);
    if (zeros.empty()) return leave_out("no word meets the condition");
    const std::int32_t condition = condition_number(*s.condition);
    for (const std::size_t zero : zeros)
      add(s, condition, plain_positions(s), static_cast<double>(zero), {}, nullptr);
  }

  std::vector<std::string> words_in(const CourseSentence& s) const {
    std::vector<std::string> out;
    for (const std::size_t r : s.rows) out.push_back(words_.text[r]);
    return out;
  }

  void add_sets() {
    std::vector<std::vector<const CourseSentence*>> sets;
    std::map<std::string, std::size_t> place;
    for (const CourseSentence& s : all_.sentences) {
      if (!s.condition || !s.set) {
        leave_out(s.condition ? "in no set" : "no label");
        continue;
      }
      const auto [at, is_new] = place.try_emplace(*s.set, sets.size());
      if (is_new) sets.emplace_back();
      sets[at->second].push_back(&s);
    }
    // The base's conditions first, whatever comes first in the file.
    if (alignment_.zero != "added")
      for (const CourseSentence& s : all_.sentences)
        if (s.is_base && s.condition) condition_number(*s.condition);
    for (const auto& set : sets) add_set(set);
  }

  void add_set(const std::vector<const CourseSentence*>& set) {
    const CourseSentence* base = nullptr;
    for (const CourseSentence* s : set) {
      if (!s->is_base) continue;
      if (base != nullptr)
        throw input_error("{}: sentences {} and {} are both {} in set {}; a set has one base", words_.name,
                          base->number, s->number, alignment_.labels.base, *s->set);
      base = s;
    }
    if (base == nullptr || set.size() < 2)
      return leave_out(base == nullptr ? "no base in its set" : "alone in its set", set.size());
    const bool at_added = alignment_.zero == "added";
    double zero = 0;
    if (!at_added) {
      const std::vector<std::size_t> zeros = zeros_of(*base);
      if (zeros.empty()) return leave_out("no word meets the condition", set.size());
      zero = static_cast<double>(zeros[0]);
      add(*base, condition_number(*base->condition), plain_positions(*base), zero, {}, nullptr);
    }
    const std::vector<std::string> words = words_in(*base);
    for (const CourseSentence* s : set) {
      if (s == base) continue;
      const label::PlacedWords placed = label::place_words(words, words_in(*s));
      if (at_added) {
        if (placed.behind_added < 0) {
          leave_out("nothing was added");
          continue;
        }
        zero = static_cast<double>(placed.behind_added);
        // Each changed sentence has a 0 of its own, so the base stands beside each anew.
        add(*base, condition_number(*base->condition + " of " + *s->condition), plain_positions(*base), zero,
            {}, nullptr);
      }
      add(*s, condition_number(*s->condition), placed.position, zero, placed.same, base);
    }
  }

  void leave_out(const std::string& why, std::size_t sentences = 1) {
    const auto it =
        std::find_if(left_out_.begin(), left_out_.end(), [&](const auto& l) { return l.first == why; });
    if (it == left_out_.end())
      left_out_.emplace_back(why, sentences);
    else
      it->second += static_cast<std::int64_t>(sentences);
  }

  CourseFrame finish() {
    CourseFrame out;
    out.conditions = conditions_, out.sentences = counts_, out.left_out = left_out_;
    std::map<std::pair<std::int32_t, std::int64_t>, std::vector<const Sample*>> places;
    for (const Sample& s : samples_) places[{s.condition, s.position}].push_back(&s);
    std::map<std::int64_t, std::int32_t> positions;
    std::erase_if(places, [&](const auto& place) {
      return static_cast<std::int64_t>(place.second.size()) < alignment_.least;
    });
    if (places.empty())
      throw input_error("{}: no sentence is left{}", words_.name,
                        left_out_.empty()
                            ? std::string()
                            : fmt::format(" ({} of them: {})", left_out_[0].second, left_out_[0].first));
    for (const auto& [place, samples] : places) positions.emplace(place.second, 0);
    for (auto& [position, number] : positions) {
      number = static_cast<std::int32_t>(out.positions.size());
      out.positions.push_back(static_cast<double>(position) / positions_per_word);
    }
    for (const auto& [place, samples] : places) {
      const auto number = static_cast<std::int32_t>(out.places.size());
      std::map<std::string, std::int64_t> words;
      for (const Sample* s : samples) {
        ++words[words_.text[s->row]];
        out.rows.push_back({static_cast<std::int64_t>(s->row), number, s->base});
      }
      const auto most = std::max_element(words.begin(), words.end(),
                                         [](const auto& a, const auto& b) { return a.second < b.second; });
      const std::int32_t position = positions.at(place.second);
      out.places.push_back({place.first, out.positions[static_cast<std::size_t>(position)], most->first,
                            static_cast<double>(most->second) / static_cast<double>(samples.size())});
      out.position_of.push_back(position);
    }
    std::stable_sort(out.rows.begin(), out.rows.end(),
                     [](const CourseRow& a, const CourseRow& b) { return a.row < b.row; });
    return out;
  }

  const CourseAlignment& alignment_;
  CourseSentences all_;
  const label::Words& words_;
  std::vector<bool> holds_;
  std::vector<std::string> conditions_;
  std::vector<std::int64_t> counts_;
  std::vector<Sample> samples_;
  std::vector<std::pair<std::string, std::int64_t>> left_out_;
};

}  // namespace

CourseFrame course_frame(const io::ActivationReader& file, const CourseAlignment& alignment) {
  check_alignment(alignment);
  return FrameMaker(course_sentences(file, alignment.labels), alignment).make();
}

}  // namespace neurox::apps
